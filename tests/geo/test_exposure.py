import numpy as np
import pytest
import shapely
from scipy import sparse

from geo import exposure, support
from geo.geodesy import distance_m

RADIUS_M = 5000.0


def peopled(*boxes):
    """Return the atoms of one land, with people very unevenly among them."""
    empty = support.atoms_of(np.array([shapely.MultiPolygon([shapely.box(*box) for box in boxes])]))
    return support.Atoms(**{**vars(empty), "persons": np.random.default_rng(5).gamma(0.5, 500, len(empty))})


@pytest.fixture(scope="module")
def atoms():
    return peopled((30, 10, 31, 11))


def months(*when, n=6):
    return sparse.csr_array((np.ones(len(when)), (np.arange(len(when)), when)), shape=(len(when), n))


def brute_force(atoms, places, radius_m=RADIUS_M, n=120):
    """Count people point by point on a fine drawing of every square, along geodesics.

    No point of a square is further than 4 km from its middle.
    """
    steps = ((np.arange(n) + 0.5) / n - 0.5) * support.SQUARE_DEG
    x, y = np.array(places, float).T
    found = 0.0
    for longitude, latitude, persons in zip(atoms.longitude, atoms.latitude, atoms.persons, strict=True):
        away_m = distance_m(x, y, longitude, latitude)
        if away_m.min() <= radius_m - 4000:
            found += persons
        elif away_m.min() <= radius_m + 4000:
            east, north = np.meshgrid(longitude + steps, latitude + steps)
            hit = np.zeros(east.shape, bool)
            for near in np.flatnonzero(away_m <= radius_m + 4000):
                hit[~hit] = distance_m(x[near], y[near], east[~hit], north[~hit]) <= radius_m
            found += hit.mean() * persons
    return found


def people(atoms, places, calendar, window=1, coarse=None, radius_m=RADIUS_M):
    x, y = (np.array(c, float) for c in zip(*places, strict=True))
    seen = exposure.happenings(np.arange(len(places)), len(places), calendar, window)
    nowhere = sparse.csr_array((0, len(atoms)))
    never = exposure.happenings(np.array([], int), 0, sparse.csr_array((0, calendar.shape[1])), window)
    everyone = sparse.csr_array(np.ones((len(atoms), 1)))
    return exposure.exposed(atoms, (x, y, seen), coarse or (nowhere, never), everyone, radius_m)[0]


LANDS = {
    0: ((30, -0.5, 31, 0.5),),
    30: ((30, 30, 31, 31),),
    60: ((29.5, 60, 31.5, 61),),
    80: ((27.5, 80, 33.5, 81),),
    "the antimeridian": ((179.5, -17.5, 180, -16.5), (-180, -17.5, -179.5, -16.5)),
}


@pytest.mark.parametrize(("radius_m", "fine"), [(1000.0, 400), (5000.0, 150), (25_000.0, 40)])
@pytest.mark.parametrize("land", LANDS)
def test_people_near_overlapping_circles_are_those_of_a_count_by_geodesics(land, radius_m, fine):
    """One place alone, and six whose circles overlap: nobody counts twice, on the ellipsoid, at any latitude."""
    atoms = peopled(*LANDS[land])
    random = np.random.default_rng(3)
    middle = 180 if len(LANDS[land]) > 1 else 30.5
    south, spread = LANDS[land][0][1], 0.6 * radius_m / 111_000
    worst = 0.0
    for number in (1, 6):
        x = middle + random.normal(0, spread / np.cos(np.radians(south)), number)
        y = south + 0.5 + random.normal(0, spread, number)
        places = list(zip((x + 180) % 360 - 180, y, strict=True))
        found = people(atoms, places, months(*[2] * number), radius_m=radius_m)
        worst = max(worst, abs(found[2] / brute_force(atoms, places, radius_m, fine) - 1))
        assert found[1] == found[3] == 0
    print(f"\nat {land}, radius {radius_m / 1000:g} km: off by {100 * worst:.3f} % at most")
    assert worst < 0.005


def test_many_places_at_one_town_count_its_people_once(atoms):
    random = np.random.default_rng(4)
    places = [(30.5 + x, 10.5 + y) for x, y in random.normal(0, 0.002, (60, 2))]
    found = people(atoms, places, months(*[2] * 60))[2]
    assert found == pytest.approx(brute_force(atoms, places), rel=0.005)
    assert found < 1.5 * people(atoms, places[:1], months(2))[2]


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
    assert area == pytest.approx(np.pi * 25, rel=0.005)


def test_chances_of_a_site_near_a_circle_follow_its_people(atoms):
    place = np.array([30.5]), np.array([10.5])
    home = np.zeros(1, int)
    weights = support.circle_weights(atoms, *place, home, home)
    chance = exposure.chances(weights, exposure.reach(*place, atoms, RADIUS_M)).toarray()[0, 0]
    near = exposure.reach(*place, atoms, RADIUS_M).toarray()[0]
    assert chance == pytest.approx((near * weights.toarray()[0]).sum())
    assert 0 < chance < 1


def test_a_chance_stands_for_how_many_places_are_near_together(atoms):
    """Four places in one town, and one apart: the number near a record has the mean and variance of the drawing."""
    rng = np.random.default_rng(6)
    x, y = np.array([30.52, 30.53, 30.52, 30.51, 30.2]), np.array([10.47, 10.47, 10.48, 10.46, 10.8])
    weights = sparse.csr_array(rng.dirichlet(np.ones(len(atoms)), 3))
    near = sparse.csr_array(np.ones((1, 5)) @ exposure.reach(x, y, atoms, RADIUS_M))
    chance = exposure.clumped(weights, near).toarray()[:, 0]
    number = near.toarray()[0]
    mean, square = weights @ number, weights @ number**2
    np.testing.assert_allclose(chance * (mean / chance) ** 2 - mean**2, square - mean**2, rtol=1e-9)
    assert (chance < weights @ (number > 0)).all(), "how many are near is uncertain too, where any is"
    alone = exposure.clumped(weights, sparse.csr_array((number > 0) * 1.0)[None, :])
    np.testing.assert_allclose(alone.toarray()[:, 0], weights @ (number > 0))


def test_a_place_that_is_known_is_near_what_it_is_near_for_certain(atoms):
    here = sparse.csr_array(([1.0], ([0], [7])), shape=(1, len(atoms)))
    near = exposure.reach(atoms.longitude[[7]], atoms.latitude[[7]], atoms, RADIUS_M)
    assert exposure.clumped(here, near).toarray().tolist() == [[1.0]]


def test_an_islet_at_the_antimeridian_is_counted():
    islet = np.array([shapely.box(179.9985, -17.0005, 179.9995, -16.9995)])
    atoms = support.atoms_of(islet)
    atoms = support.Atoms(**{**vars(atoms), "persons": np.array([50.0])})
    assert people(atoms, [(-179.998, -17.0)], months(2))[2] == pytest.approx(50, rel=0.2)
