"""People near places against the same counted by brute force, and draws against their shares."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geo import people_near, support
from geo.geodesy import distance_m

RADIUS_M = 5000.0


def land(*boxes):
    """Return atoms of boxes with people at random, and each box as a unit."""
    atoms = support.atoms_of(np.array([shapely.box(*box) for box in boxes]))
    persons = np.random.default_rng(5).gamma(0.5, 500, len(atoms))
    atoms = support.Atoms(**{**vars(atoms), "persons": persons})
    return atoms, people_near.ground(atoms, support.membership(atoms.leaf, len(boxes)))


@pytest.fixture(scope="module")
def two():
    return land((30, 10, 30.5, 10.5), (30.5, 10, 31, 10.5))


def near(on, places, months, n_months=6, window=1, radius_m=RADIUS_M):
    x, y = (np.array(column, float) for column in zip(*places, strict=True))
    which, point = people_near.points_near(on, x, y, radius_m)
    return people_near.persons_near(on, point, np.array(months)[which], n_months, window)


@pytest.mark.parametrize("latitude", [0, 30, 60, 80])
@pytest.mark.parametrize("longitude", [20.0, 179.8])
def test_a_circle_holds_the_people_of_its_area(latitude, longitude):
    """With people everywhere alike, near 40 places anywhere in a square persons are as the area of the circle."""
    sides = [(19, 22)] if longitude == 20 else [(178, 180), (-180, -178)]
    leaves = [shapely.box(west, latitude - 0.2, east, latitude + 0.2) for west, east in sides]
    atoms = support.atoms_of(np.array(leaves))
    even = support.Atoms(**{**vars(atoms), "persons": atoms.area_km2})
    on = people_near.ground(even, np.ones((len(atoms), 1)) * sparse.eye_array(1))
    rng = np.random.default_rng(8)
    places = np.column_stack((longitude + rng.uniform(0, 0.4, 40), latitude + rng.uniform(0, 0.05, 40)))
    places[places[:, 0] > 180, 0] -= 360
    found = [near(on, [place], [0], 1)[0, 0] for place in places]
    assert np.mean(found) == pytest.approx(np.pi * 25, rel=0.01)
    assert np.std(found) < 0.06 * np.pi * 25


@given(st.lists(st.tuples(st.floats(29.9, 31.1), st.floats(9.9, 10.6)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=30)
def test_circles_are_united_as_by_brute_force(two, places):
    atoms, on = two
    steps = ((np.arange(people_near.SIDE) + 0.5) / people_near.SIDE - 0.5) * support.SQUARE_DEG
    hit = np.zeros((len(atoms), len(steps), len(steps)), bool)
    for x, y in places:
        apart = distance_m(
            x, y, atoms.longitude[:, None, None] + steps[None, :, None], atoms.latitude[:, None, None] + steps
        )
        hit |= apart <= RADIUS_M
    expected = np.bincount(atoms.leaf, hit.mean(axis=(1, 2)) * atoms.persons)
    found = near(on, places, [2] * len(places))[:, 2]
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.005 * atoms.persons.sum() / len(atoms) * 16)


def test_the_window_looks_back_and_ends_and_repeats_count_once(two):
    _, on = two
    place = (30.25, 10.25)
    once = near(on, [place], [1], window=3)[0]
    assert once[[0, 4, 5]].tolist() == [0, 0, 0]
    assert once[1] > 0
    assert once[1] == once[2] == once[3]
    again = near(on, [place, place, place], [1, 1, 2], window=3)[0]
    np.testing.assert_allclose(again, [0, *[once[1]] * 4, 0], rtol=1e-12)
    assert near(on, [place], [4], window=60)[0].tolist() == pytest.approx([0, 0, 0, 0, once[1], once[1]])


def test_a_square_of_two_units_is_counted_in_each_with_its_own_people(two):
    atoms, on = two
    everybody = near(on, list(zip(atoms.longitude, atoms.latitude, strict=True)), [0] * len(atoms))[:, 0]
    np.testing.assert_allclose(everybody, np.bincount(atoms.leaf, atoms.persons))


def test_where_nobody_lives_nobody_is_near(two):
    _, on = two
    assert (near(on, [(0.0, 0.0), (-179.99, 89.99), (179.99, -89.99)], [0, 0, 0]) == 0).all()


def test_nothing_near_is_nobody(two):
    _, on = two
    nothing = np.zeros(0, np.int64)
    assert (people_near.persons_near(on, nothing, nothing, 6, 12) == 0).all()
    which, point = people_near.points_near(on, np.zeros(0), np.zeros(0), RADIUS_M)
    assert len(which) == len(point) == 0


def test_records_are_drawn_by_their_weights():
    weights = sparse.csr_array(np.array([[0.25, 0, 0.75, 0], [0, 3.0, 0, 1.0], [0, 0, 0, 0.5]]))
    row = np.repeat([0, 1, 2], 20_000)
    chance = np.random.default_rng(1).random((len(row), 1))
    (column,) = people_near.drawn(weights, row, chance)
    found = np.array([np.bincount(column[row == which], minlength=4) for which in range(3)]) / 20_000
    np.testing.assert_allclose(found, [[0.25, 0, 0.75, 0], [0, 0.75, 0, 0.25], [0, 0, 0, 1]], atol=0.015)
    ends = people_near.drawn(weights, np.array([0, 1, 2]), np.array([[0.0, 1 - 2**-32]] * 3))
    assert [each.tolist() for each in ends] == [[0, 1, 3], [2, 3, 3]]
