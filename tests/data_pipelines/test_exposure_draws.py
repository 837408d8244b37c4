"""The band of people near violence: what it promises of draws, and how often it holds the truth."""

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse

from data_pipelines.exposure_draws import least_and_most
from data_pipelines.shares import Placed
from geo import people_near, support

RADIUS_M, WINDOW, MONTHS, RUNS = 5000.0, 3, 6, 400
EXACT, COARSE = 2, 20


@pytest.fixture(scope="module")
def land():
    """Two districts of half a degree with people in towns; supports are 12 circles, the districts and all of it."""
    rng = np.random.default_rng(3)
    atoms = support.atoms_of(np.array([shapely.box(30, 10, 30.5, 10.5), shapely.box(30.5, 10, 31, 10.5)]))
    atoms = support.Atoms(**{**vars(atoms), "persons": 1000 * rng.gamma(0.4, 1, len(atoms))})
    centre = rng.choice(len(atoms), 12, p=atoms.persons / atoms.persons.sum())
    circles = support.circle_weights(
        atoms, atoms.longitude[centre], atoms.latitude[centre], atoms.leaf[centre], np.zeros(2, int)
    )
    rest = [support.group_weights(atoms, leaf, n) for leaf, n in ((atoms.leaf, 2), (0 * atoms.leaf, 1))]
    return atoms, sparse.vstack([circles, *rest], format="csr")


def invented(rng, atoms, weights, run=0):
    """Return incidents of a run as placed, and the part of each in each month."""
    n = EXACT + COARSE
    home = rng.choice(len(atoms), n)
    frame = pd.DataFrame(
        {
            "incident_id": [f"invented:{run}:{number}" for number in range(n)],
            "longitude": atoms.longitude[home],
            "latitude": atoms.latitude[home],
            "row": np.where(np.arange(n) < EXACT, -1, rng.integers(0, weights.shape[0], n)),
        }
    )
    month = rng.integers(0, MONTHS, n)
    by_month = sparse.csr_array((np.ones(n), (np.arange(n), month)), shape=(n, MONTHS))
    return Placed(frame, weights, pd.DataFrame()), by_month


def ground_of(atoms):
    return people_near.ground(atoms, support.membership(atoms.leaf, 2))


def band(atoms, placed, by_month):
    return least_and_most(placed, placed.frame, by_month, atoms, ground_of(atoms), (RADIUS_M, WINDOW))


def truth(rng, atoms, placed, by_month):
    """Return persons near incidents that truly happened somewhere in their supports."""
    row = placed.frame["row"].to_numpy()
    x, y = (placed.frame[name].to_numpy(float).copy() for name in ("longitude", "latitude"))
    for number in np.flatnonzero(row >= 0):
        atom = rng.choice(len(atoms), p=placed.weights[[row[number]]].toarray()[0])
        x[number] = atoms.longitude[atom] + rng.uniform(-0.025, 0.025)
        y[number] = atoms.latitude[atom] + rng.uniform(-0.025, 0.025)
    on = ground_of(atoms)
    which, point = people_near.points_near(on, x, y, RADIUS_M)
    return people_near.persons_near(on, point, by_month.indices[which].astype(np.int64), MONTHS, WINDOW)


def test_nine_in_ten_true_numbers_of_people_lie_in_the_band(land):
    atoms, weights = land
    rng = np.random.default_rng(11)
    held = []
    for run in range(RUNS):
        placed, by_month = invented(rng, atoms, weights, run)
        (least, most), truly = band(atoms, placed, by_month), truth(rng, atoms, placed, by_month)
        held.append((least[0, -1] <= truly[0, -1] + 1e-6) & (truly[0, -1] <= most[0, -1] + 1e-6))
    assert 0.87 <= np.mean(held) <= 0.93


def test_exact_places_have_no_band_and_uncertain_ones_add_people_only(land):
    atoms, weights = land
    placed, by_month = invented(np.random.default_rng(1), atoms, weights)
    least, most = band(atoms, placed, by_month)
    exact = Placed(placed.frame[:EXACT], weights, pd.DataFrame())
    alone = band(atoms, exact, by_month[:EXACT])
    np.testing.assert_array_equal(*alone)
    assert (least >= alone[0]).all()
    assert (most > least).any()


def test_the_order_of_incidents_and_their_company_change_no_draw(land):
    atoms, weights = land
    placed, by_month = invented(np.random.default_rng(2), atoms, weights)
    order = np.random.default_rng(3).permutation(len(placed.frame))
    mixed = Placed(placed.frame.iloc[order].reset_index(drop=True), weights, pd.DataFrame())
    np.testing.assert_array_equal(band(atoms, placed, by_month), band(atoms, mixed, sparse.csr_array(by_month[order])))
    one = placed.frame[:-1], sparse.csr_array(by_month[:-1])
    fewer = band(atoms, Placed(one[0], weights, pd.DataFrame()), one[1])
    for less, more in zip(fewer, band(atoms, placed, by_month), strict=True):
        assert (less <= more + 1e-6).all()


def test_an_incident_of_several_months_is_in_one_of_them_in_each_draw(land):
    atoms, weights = land
    placed, _ = invented(np.random.default_rng(4), atoms, weights)
    one = Placed(placed.frame[:1], weights, pd.DataFrame())
    apart = sparse.csr_array(np.array([[0.5, 0, 0, 0, 0, 0.5]]))
    least, most = band(atoms, one, apart)
    assert least.max() == 0, "in some draws it was in the other month"
    assert (most[:, 0] == most[:, 5]).all()
    assert most.sum() > 0


def test_incidents_outside_the_months_are_nowhere(land):
    atoms, weights = land
    placed, by_month = invented(np.random.default_rng(5), atoms, weights)
    nothing = sparse.csr_array(by_month.shape)
    assert (np.array(band(atoms, placed, nothing)) == 0).all()
