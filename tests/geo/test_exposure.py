import numpy as np
import pytest
import shapely
from scipy import sparse

from geo import exposure, support
from geo.geodesy import distance_m

RADIUS_M = 5000.0


@pytest.fixture(scope="module")
def atoms():
    empty = support.atoms_of(np.array([shapely.box(30, 10, 31, 11)]))
    persons = np.random.default_rng(5).gamma(0.5, 500, len(empty))
    return support.Atoms(**{**vars(empty), "persons": persons})


def months(*when, n=6):
    return sparse.csr_array((np.ones(len(when)), (np.arange(len(when)), when)), shape=(len(when), n))


def brute_force(atoms, places, n=40):
    """Count people on a fine drawing of every square."""
    steps = ((np.arange(n) + 0.5) / n - 0.5) * support.SQUARE_DEG
    hit = np.zeros((len(atoms), n, n), bool)
    for x, y in places:
        near = distance_m(
            x, y, atoms.longitude[:, None, None] + steps[None, :, None], atoms.latitude[:, None, None] + steps
        )
        hit |= near <= RADIUS_M
    return (hit.mean(axis=(1, 2)) * atoms.persons).sum()


def people(atoms, places, calendar, window=1, coarse=None):
    x, y = (np.array(c, float) for c in zip(*places, strict=True))
    seen = exposure.happenings(np.arange(len(places)), len(places), calendar, window)
    nowhere = sparse.csr_array((0, len(atoms)))
    never = exposure.happenings(np.array([], int), 0, sparse.csr_array((0, calendar.shape[1])), window)
    everyone = sparse.csr_array(np.ones((len(atoms), 1)))
    return exposure.exposed(atoms, (x, y, seen), coarse or (nowhere, never), everyone, RADIUS_M)[0]


def test_overlapping_circles_count_nobody_twice(atoms):
    places = [(30.5, 10.5), (30.53, 10.51), (30.2, 10.8)]
    found = people(atoms, places, months(2, 2, 2))[2]
    assert found == pytest.approx(brute_force(atoms, places), rel=0.005)


def test_the_window_looks_back_and_ends(atoms):
    found = people(atoms, [(30.5, 10.5)], months(1), window=3)
    assert found[0] == 0
    assert found[1] > 0
    assert found[[2, 3]] == pytest.approx(found[[1, 1]])
    assert found[4] == 0


def test_a_window_longer_than_the_months_there_are_holds_them_all(atoms):
    found = people(atoms, [(30.5, 10.5)], months(1), window=60)
    assert found[0] == 0
    assert found[1:] == pytest.approx([found[1]] * len(found[1:]))


def test_an_incident_over_two_months_counts_by_its_parts(atoms):
    parts = sparse.csr_array(np.array([[0, 0.25, 0.75, 0, 0, 0]]))
    found = people(atoms, [(30.5, 10.5)], parts)
    assert found[1] == pytest.approx(found[2] / 3, rel=1e-6)


def test_a_coarse_record_exposes_its_chance_of_the_people(atoms):
    weights = support.group_weights(atoms, np.zeros(len(atoms), int), 1)
    near = exposure.reach(atoms.longitude, atoms.latitude, atoms, RADIUS_M)
    reached = exposure.chances(weights, near)
    there = exposure.happenings(np.array([0]), 1, months(2), 1)
    found = people(atoms, [(30.5, 10.5)], months(5), coarse=(reached, there))
    expected = (reached.toarray()[0] * atoms.persons).sum()
    assert found[2] == pytest.approx(expected, rel=1e-6)
    assert found[1] == 0


def test_reach_is_the_circles_area(atoms):
    part = exposure.reach(np.array([30.52]), np.array([10.47]), atoms, RADIUS_M)
    area = part.toarray()[0] @ atoms.area_km2
    assert area == pytest.approx(np.pi * 25, rel=0.03)


def test_chances_of_a_site_near_a_circle_follow_its_people(atoms):
    place = np.array([30.5]), np.array([10.5])
    home = np.zeros(1, int)
    weights = support.circle_weights(atoms, *place, home, home)
    chance = exposure.chances(weights, exposure.reach(*place, atoms, RADIUS_M)).toarray()[0, 0]
    near = exposure.reach(*place, atoms, RADIUS_M).toarray()[0]
    assert chance == pytest.approx((near * weights.toarray()[0]).sum())
    assert 0 < chance < 1


def test_an_islet_at_the_antimeridian_is_counted():
    islet = np.array([shapely.box(179.9985, -17.0005, 179.9995, -16.9995)])
    atoms = support.atoms_of(islet)
    atoms = support.Atoms(**{**vars(atoms), "persons": np.array([50.0])})
    assert people(atoms, [(-179.998, -17.0)], months(2))[2] == pytest.approx(50, rel=0.2)
