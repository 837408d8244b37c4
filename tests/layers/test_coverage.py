"""Nine of ten bands hold the truth: true places and true deaths are drawn by dice that no layer knows, in 1,000 runs.

A run is one stretch of land with incidents of its own. All runs stand side by side in one panel, so that a thousand
bands are computed at once; each run gives one answer, that of its first unit in the last month.
"""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from scipy import sparse

from geo import exposure, support
from geo.geodesy import pairs_within
from layers._layer import layers
from layers._local import gi_star
from layers._panel import Incidents, Shares, SiteShares
from tests.layers.panels import World, panel

RUNS, UNITS, MONTHS = 1000, 6, 24
HALF_LIFE = 6.0
MANY = 100  # incidents of a run: with fewer, the sum has so few values that a band holds more than it says


def incidents(n, deaths=(0.0, 0.0, 0.0)):
    low, best, high = (np.broadcast_to(np.asarray(figure, float), n) for figure in deaths)
    words = {"source": "invented", "kind": "one_sided"}
    return Incidents(
        id=np.array([f"invented:{number}" for number in range(n)], object),
        **{name: np.full(n, word, object) for name, word in words.items()},
        date=np.full(n, np.datetime64("2020-01-01")),
        deaths_civilians=best.copy(),
        deaths_civilians_low=low.copy(),
        deaths_civilians_high=high.copy(),
        provider_rank=np.zeros(n, np.int64),
    )


def supports(rng, n):
    """Return chances of n incidents over their run's units: known, a circle, a district or the whole province.

    People live in towns: of gamma-distributed populations one unit may hold most.
    """
    chance = rng.gamma(0.7, 1, (n, UNITS)) + 1e-3
    size = rng.choice([1, 2, 3, UNITS], n, p=(0.4, 0.25, 0.15, 0.2))
    first = rng.integers(0, UNITS, n) % (UNITS - size + 1)
    inside = (np.arange(UNITS) >= first[:, None]) & (np.arange(UNITS) < (first + size)[:, None])
    return np.where(inside, chance, 0) / np.where(inside, chance, 0).sum(axis=1, keepdims=True)


def world_of(chance, month, run, n_runs):
    """Return a panel of runs side by side, whose incidents lie in units of their run by their chances, in one month."""
    record, unit = np.nonzero(chance)
    share = support.exact_shares(record, chance[record, unit])
    unit += run[record] * UNITS
    there = share > 0
    shares = Shares(record[there], unit[there], month[record[there]], share[there], np.full(there.sum(), "", object))
    of = panel(World(months=MONTHS, persons=(1000.0,)))
    n_units = n_runs * UNITS
    covered = {family: np.ones((n_units, MONTHS), bool) for family in of.covered}
    names = np.array([f"XDM{number:06d}" for number in range(n_units)], object)
    each = {"area_km2": np.ones(n_units), "persons": np.full(n_units, 1000.0), "n_sites": np.zeros(n_units, int)}
    return replace(of, ids=names, names=names, iso3=np.full(n_units, "XDM", object), **each, shares=shares,
                   neighbours=sparse.csr_array((n_units, n_units)), covered=covered)  # fmt: skip


def truth_of(rng, chance, month, weight, run, n_runs):
    """Return the true decayed sum of each run's first unit in the last month."""
    place = (chance.cumsum(axis=1) < rng.random(len(chance))[:, None]).sum(axis=1)
    counts = np.where(place == 0, weight * 2.0 ** (-(MONTHS - 1 - month) / HALF_LIFE), 0)
    return np.bincount(run, counts, n_runs)


def covered_part(seed, layer, per_run, deaths=None):
    """Return the part of 1,000 runs in which a layer's band holds the truth."""
    rng = np.random.default_rng(seed)
    run = np.repeat(np.arange(RUNS), per_run)
    chance, month = supports(rng, len(run)), rng.integers(0, MONTHS, len(run))
    low, best, high = deaths(rng, len(run)) if deaths else np.zeros((3, len(run)))
    known = high == low
    fatal = np.where(known, best, rng.triangular(low, best, np.where(known, high + 1, high)))
    weight = fatal if layer == "civilian_harm" else np.ones(len(run))
    of = replace(world_of(chance, month, run, RUNS), incidents=incidents(len(run), (low, best, high)))
    found = layers()[layer].compute(of, layers()[layer].params(), {})
    truth = truth_of(rng, chance, month, weight, run, RUNS)
    low, high = found.low[::UNITS, -1], found.high[::UNITS, -1]
    near = 1e-6 * truth
    return np.mean((low <= truth + near) & (truth - near <= high))


def figures(rng, n):
    """Return low, best and high as in real files: most incidents have one figure, others a span to either side."""
    best = np.where(rng.random(n) < 0.7, rng.geometric(0.15, n), 0).astype(float)
    vague = (rng.random(n) < 0.4) & (best > 0)
    return np.where(vague, np.floor(0.6 * best), best), best, np.where(vague, np.ceil(1.5 * best), best)


@pytest.mark.parametrize("seed", [1, 2])
def test_nine_in_ten_true_intensities_lie_in_the_band(seed):
    assert 0.87 <= covered_part(seed, "incident_intensity", MANY) <= 0.93


@pytest.mark.parametrize("seed", [1, 2])
def test_nine_in_ten_true_sums_of_deaths_lie_in_the_band(seed):
    assert 0.87 <= covered_part(seed, "civilian_harm", MANY, figures) <= 0.93


def test_the_band_of_few_incidents_holds_the_truth_more_often_than_it_says():
    """Of two incidents the sum has a handful of values: no band holds exactly nine in ten, and ours holds more.

    Seen here: 99.7 % with 2 incidents in a run, 98.6 % with 5, 97.8 % with 10, 93.8 % with 20.
    """
    assert 0.93 <= covered_part(4, "incident_intensity", 2) <= 1


LANDS, PER_LAND, PER_RUN, RADIUS_M = 10, 100, 30, 5000.0


def land_with_sites(rng):
    """Return a degree of land with towns, sites that stand together in them, and supports: circles, halves, all."""
    atoms = support.atoms_of(np.array([shapely.box(30, 10, 30.5, 11), shapely.box(30.5, 10, 31, 11)]))
    persons = rng.gamma(0.3, 1, len(atoms)) ** 2
    atoms = support.Atoms(**{**vars(atoms), "persons": persons})
    towns = rng.choice(len(atoms), 8, p=persons / persons.sum())
    town = np.repeat(towns, rng.integers(1, 15, len(towns)))
    x, y = (centre[town] + rng.normal(0, 0.01, len(town)) for centre in (atoms.longitude, atoms.latitude))
    centres = rng.choice(len(atoms), 10, p=persons / persons.sum())
    circles = support.circle_weights(
        atoms, atoms.longitude[centres], atoms.latitude[centres], atoms.leaf[centres], np.zeros(2, int)
    )
    halves = support.group_weights(atoms, atoms.leaf, 2)
    everywhere = support.group_weights(atoms, np.zeros(len(atoms), int), 1)
    return atoms, (x, y), sparse.vstack([circles, halves, everywhere], format="csr")


def sites_near_truly(rng, atoms, sites, weights, row):
    """Return how many sites of the western half each incident is truly near, at a point drawn in its support."""
    atom = np.array([rng.choice(len(atoms), p=weights[[one]].toarray()[0]) for one in row])
    x, y = (centre[atom] + rng.uniform(-0.025, 0.025, len(atom)) for centre in (atoms.longitude, atoms.latitude))
    west = sites[0] < 30.5
    return np.bincount(pairs_within(x, y, sites[0][west], sites[1][west], RADIUS_M)[0], minlength=len(row))


def site_runs(seed):
    """Return value, low, high and truth of runs on a land of their own."""
    rng = np.random.default_rng(seed)
    atoms, sites, weights = land_with_sites(rng)
    west = (sites[0] < 30.5).astype(float)[None, :]
    beside = sparse.csr_array(west @ exposure.reach(*sites, atoms, RADIUS_M))
    expected, chance = (
        sparse.csr_array(each).toarray()[:, 0] for each in (weights @ beside.T, exposure.clumped(weights, beside))
    )
    run = np.repeat(np.arange(PER_LAND), PER_RUN)
    row, month = rng.integers(0, weights.shape[0], len(run)), rng.integers(0, MONTHS, len(run))
    at = np.flatnonzero(expected[row] > 0)
    near = SiteShares(at, run[at], month[at], expected[row][at], np.full(len(at), "health", object), chance[row][at])
    of = panel(World(units=PER_LAND, months=MONTHS, n_sites=(100,) * PER_LAND))
    found = layers()["site_threat"].compute(
        replace(of, site_shares=near, incidents=incidents(len(run))), layers()["site_threat"].params(), {}
    )
    truly = sites_near_truly(rng, atoms, sites, weights, row) * 2.0 ** (-(MONTHS - 1 - month) / HALF_LIFE)
    return found.value[:, -1], found.low[:, -1], found.high[:, -1], np.bincount(run, truly, PER_LAND)


def test_nine_in_ten_true_sums_of_sites_lie_in_the_band_though_sites_stand_together():
    value, low, high, truth = np.concatenate([site_runs(seed) for seed in range(LANDS)], axis=1)
    assert np.mean(truth) == pytest.approx(np.mean(value), rel=0.05)
    assert 0.87 <= np.mean((low <= truth) & (truth <= high)) <= 0.93


SIDE, FEW_MONTHS = 7, 3


def grid():
    """Return which of 7 x 7 units touch."""
    line = sparse.diags_array(np.ones((3, SIDE)), offsets=(-1, 0, 1), shape=(SIDE, SIDE))
    touching = sparse.csr_array(sparse.kron(line, line) - sparse.eye_array(SIDE**2))
    touching.eliminate_zeros()
    return touching


def hot_spot_run(seed, neighbours):
    """Return whether the band of the middle unit's Gi* holds that of the true counts, on a land of its own."""
    rng, n, n_units = np.random.default_rng(seed), MANY, SIDE**2
    people = rng.gamma(0.7, 1, n_units) + 1e-3
    centre, coarse = rng.choice(n_units, n, p=people / people.sum()), rng.choice(3, n, p=(0.4, 0.35, 0.25))
    around = (neighbours + sparse.eye_array(n_units)).toarray() > 0
    here = np.arange(n_units) == centre[:, None]
    inside = np.select([coarse[:, None] == 0, coarse[:, None] == 1], [here, around[centre]], True)
    chance = inside * people / (inside * people).sum(axis=1, keepdims=True)
    month = rng.integers(0, FEW_MONTHS, n)
    record, unit = np.nonzero(chance)
    share = support.exact_shares(record, chance[record, unit])
    there = share > 0
    shares = Shares(record[there], unit[there], month[record[there]], share[there], np.full(there.sum(), "", object))
    names = np.array([f"invented:{seed}:{number}" for number in range(n)], object)
    of = replace(panel(World(units=n_units, months=FEW_MONTHS)), neighbours=neighbours, shares=shares)
    of = replace(of, incidents=replace(incidents(n), id=names))
    found = {}
    for name in ("incident_intensity", "hot_spots"):
        found[name] = layers()[name].compute(of, layers()[name].params(), found)
    place = (chance.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)
    truth = np.bincount(place, 2.0 ** (-(FEW_MONTHS - 1 - month) / HALF_LIFE), n_units)
    middle, spots = n_units // 2, found["hot_spots"]
    z = gi_star(truth[:, None], neighbours)[middle, 0]
    return spots.low[middle, -1] - 1e-6 <= z <= spots.high[middle, -1] + 1e-6


def test_nine_in_ten_true_gi_stars_lie_in_the_band():
    neighbours = grid()
    assert 0.87 <= np.mean([hot_spot_run(seed, neighbours) for seed in range(RUNS)]) <= 0.93
