import csv
import warnings
from itertools import combinations

import esda
import geopandas
import libpysal
import numpy as np
import pytest
from esda.significance import calculate_significance
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.spatial import Delaunay

from geo.neighbours import queen
from layers._local import fdr_cutoff, gi_star, local_moran, two_sided
from layers._permutation import pseudo_p, samples

ALPHAS = (0.01, 0.05, 0.2)
NONE = sparse.csr_array((4, 4))
ROW = sparse.csr_array(np.eye(4, k=1) + np.eye(4, k=-1))


def neighbours_at_random(rng, n):
    """A planar neighbourhood with gaps, so that some units are islands."""
    pairs = Delaunay(rng.random((n, 2))).simplices[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    pairs = pairs[rng.random(len(pairs)) < 0.6]
    one_way = sparse.coo_array((np.ones(len(pairs)), pairs.T), (n, n)).tocsr()
    return sparse.csr_array(((one_way + one_way.T) > 0).astype(float))


def case(seed):
    """Neighbours and skewed values, with ties and many zeros."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 120))
    draw = (
        lambda: rng.lognormal(0, 2, n),
        lambda: rng.poisson(0.5, n).astype(float),
        lambda: rng.integers(0, 4, n) * rng.lognormal(0, 1, n),
        lambda: rng.pareto(1.2, n),
    )[seed % 4]
    return neighbours_at_random(rng, n), draw() + np.r_[1.0, np.zeros(n - 1)]


def weights(neighbours):
    to = np.split(neighbours.indices, neighbours.indptr[1:-1])
    return libpysal.weights.W({unit: found.tolist() for unit, found in enumerate(to)}, silence_warnings=True)


def theirs(statistic, x, neighbours, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return statistic(x, weights(neighbours), n_jobs=1, **options)


def agree(x, neighbours):
    """Compare all of one month with esda; quadrants where nothing lies on an axis but for rounding."""
    g = theirs(esda.G_Local, x, neighbours, transform="B", star=True, permutations=0)
    z = gi_star(x[:, None], neighbours)
    np.testing.assert_allclose(z[:, 0], g.Zs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(two_sided(z)[:, 0], 2 * g.p_norm, rtol=0, atol=1e-9)
    for alpha in ALPHAS:
        assert fdr_cutoff(2 * g.p_norm[:, None], alpha)[0] == esda.fdr(2 * g.p_norm, alpha)
    moran = theirs(esda.Moran_Local, x, neighbours, permutations=0)
    ours = local_moran(x[:, None], neighbours)
    np.testing.assert_allclose(ours.i[:, 0], moran.Is, rtol=0, atol=1e-9)
    clear = np.abs(moran.Is) > 1e-9
    assert (ours.quadrant[clear, 0] == moran.q[clear]).all()
    return len(x)


def test_local_statistics_equal_esda_on_200_random_cases():
    cases = [case(seed) for seed in range(200)]
    assert any((neighbours.sum(axis=1) == 0).any() for neighbours, _ in cases), "islands are among them"
    assert sum(agree(x, neighbours) for neighbours, x in cases) > 10_000


@pytest.mark.realdata
def test_local_statistics_equal_esda_on_the_districts_of_sudan_in_every_month(realdata):
    areas = geopandas.read_file(realdata / "areas/sdn_admin2.geojson")
    with (realdata / "incidents/conflict_data_sdn.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["longitude"].startswith("#")]
    points = geopandas.points_from_xy([float(r["longitude"]) for r in rows], [float(r["latitude"]) for r in rows])
    event, unit = areas.sindex.query(points, predicate="intersects")
    months = np.array([r["date_start"][:7] for r in rows], "datetime64[M]").astype(int)
    value = np.zeros((len(areas), int(np.ptp(months)) + 1))
    np.add.at(value, (unit, months[event] - months.min()), 1.0)
    for month in range(1, value.shape[1]):
        value[:, month] += 2 ** (-1 / 6) * value[:, month - 1]
    i, j = queen(areas.geometry.to_numpy())
    neighbours = sparse.csr_array((np.ones(len(i)), (i, j)), (len(areas), len(areas)))
    z = gi_star(value, neighbours)
    active = np.flatnonzero(value.any(axis=0))
    assert len(active) > 400
    for month in active:
        agree(value[:, month], neighbours)
        np.testing.assert_allclose(z[:, [month]], gi_star(value[:, [month]], neighbours), rtol=0, atol=1e-12)


def test_gi_star_is_hand_worked():
    # x = 1, 2, 3, 6 in a row: mean 3, variance 3.5; unit 0 and its neighbour: k = 2, sum 3,
    # z = (3 - 6) / sqrt(3.5 x 2 x 2 / 3) = -1.38873; unit 1: k = 3, sum 6, z = (6 - 9) / sqrt(3.5 x 3 x 1 / 3)
    z = gi_star(np.array([[1.0], [2.0], [3.0], [6.0]]), ROW)[:, 0]
    np.testing.assert_allclose(z, [-1.3887301, -1.6035675, 1.0690450, 1.3887301], atol=1e-7)


def test_where_all_are_alike_or_near_nothing_is_unusual():
    value = np.array([[0, 7, 0.1], [0, 7, 0.1], [0, 7, 0.1], [0, 7, 0.1]])
    assert (gi_star(value, ROW) == 0).all()
    assert (two_sided(gi_star(value, ROW)) == 1).all()
    assert (pseudo_p(value, ROW, 1) == 1).all()
    assert (local_moran(value, ROW).i == 0).all()
    assert (local_moran(value, ROW).quadrant == 0).all()
    everybody = sparse.csr_array(np.ones((4, 4)) - np.eye(4))
    assert (gi_star(np.arange(4.0)[:, None], everybody) == 0).all()
    np.testing.assert_allclose(gi_star(np.array([[3.0]]), sparse.csr_array((1, 1))), 0)


def test_an_island_is_compared_by_its_own_value():
    value = np.array([[1.0], [2.0], [3.0], [6.0]])
    z = (value - 3) / np.sqrt(3.5)
    np.testing.assert_allclose(gi_star(value, NONE), z)
    assert (pseudo_p(value, NONE, 1) == 1).all()
    assert (local_moran(value, NONE).i == 0).all()


@given(st.integers(0, 199), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_units_without_a_value_are_left_out_of_their_month(number, seed):
    neighbours, x = case(number)
    rng = np.random.default_rng(seed)
    value = np.tile(x[:, None], (1, 5))
    value[rng.random(len(x)) < 0.3, 1:3] = np.nan
    value[rng.random(len(x)) < 0.3, 3] = np.nan
    value[:, 4] = np.nan
    ours = (
        gi_star(value, neighbours),
        local_moran(value, neighbours).i,
        local_moran(value, neighbours).quadrant,
        pseudo_p(value, neighbours, 5, 99),
    )
    for month in range(5):
        there = np.isfinite(value[:, month])
        alone = (value[there][:, [month]], sparse.csr_array(neighbours[there][:, there]))
        separate = (gi_star(*alone), *local_moran(*alone), pseudo_p(*alone, 5, 99))
        for whole, part in zip(ours, separate, strict=True):
            assert np.isnan(whole[~there, month]).all()
            np.testing.assert_allclose(whole[there, month], part[:, 0], rtol=0, atol=1e-12)


@given(st.integers(0, 199), st.floats(0.01, 100), st.floats(0, 100))
@settings(deadline=None, max_examples=25)
def test_another_unit_of_measure_changes_no_score(number, times, plus):
    neighbours, x = case(number)
    before, after = gi_star(x[:, None], neighbours), gi_star(x[:, None] * times + plus, neighbours)
    np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7)


def test_the_false_discovery_cutoff_is_hand_worked():
    # n = 4, alpha = 0.05: bounds 0.0125, 0.025, 0.0375, 0.05; the third smallest is the largest p below its bound
    p = np.array([[0.010, 0.3, 0.2, np.nan], [0.030, 0.3, 0.2, np.nan], [0.035, 0.3, 0.01, np.nan], [0.9] * 4])
    np.testing.assert_allclose(fdr_cutoff(p, 0.05), [0.0375, 0.0125, 0.0125, 0.05])
    assert fdr_cutoff(np.full((3, 1), np.nan), 0.05).tolist() == [0.05]
    assert fdr_cutoff(np.zeros((0, 2)), 0.05).tolist() == [0.05, 0.05]


def test_samples_are_without_repeats_and_every_set_is_as_likely():
    found = samples(5, 3, 60_000, 7)
    assert ((found >= 0) & (found < 5)).all()
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert len(counts) == 60
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)
    np.testing.assert_array_equal(found, samples(5, 3, 60_000, 7))


def test_pseudo_p_is_that_of_all_ways_to_place_the_others():
    rng = np.random.default_rng(3)
    n, rows = 11, 9999
    neighbours, x = neighbours_at_random(rng, n), np.round(rng.lognormal(0, 1, n), 1)
    p = pseudo_p(x[:, None], neighbours, 11, rows)[:, 0]
    for unit in range(n):
        near = neighbours[[unit]].indices
        others = np.delete(x, unit)
        sums = np.array([sum(each) for each in combinations(others, len(near))])
        exact = min((sums >= x[near].sum() - 1e-9).mean(), (sums <= x[near].sum() + 1e-9).mean())
        assert abs(p[unit] - exact) < 5 * np.sqrt(max(exact * (1 - exact), 1 / rows) / rows) + 1 / rows


@pytest.mark.parametrize("number", range(24))
def test_pseudo_p_agrees_with_the_permutations_of_esda(number):
    """Of Gi* and of Moran alike, up to the error of two Monte Carlo runs; esda's tails, each with its ties."""
    neighbours, x = case(number)
    rows = 9999
    ours = pseudo_p(x[:, None], neighbours, number, rows)[:, 0]
    error = np.sqrt(2 * np.maximum(ours * (1 - ours), 1 / rows) / rows)
    for statistic, options in ((esda.G_Local, {"transform": "B", "star": True}), (esda.Moran_Local, {})):
        found = theirs(statistic, x, neighbours, permutations=rows, seed=number, **options)
        kept = found.rGs if statistic is esda.G_Local else found.rlisas
        seen = found.Gs if statistic is esda.G_Local else found.Is
        slack = 1e-12 * np.abs(kept).max()
        above = calculate_significance(seen - slack, kept, "greater")
        below = calculate_significance(seen + slack, kept, "lesser")
        off_mean = np.abs(x - x.mean()) > 1e-9
        assert (np.abs(np.minimum(above, below) - ours) < 5 * error)[off_mean].all()


def test_pseudo_p_is_uniform_where_nothing_depends_on_place():
    """In 2,000 random placements a p of at most a comes with chance 2 a: it is of the nearer of two tails."""
    rng = np.random.default_rng(5)
    neighbours = neighbours_at_random(rng, 40)
    joined = np.flatnonzero(neighbours.sum(axis=1) > 1)
    value = rng.permuted(np.tile(rng.lognormal(0, 1.5, 40)[:, None], (1, 2000)), axis=0)
    p = pseudo_p(value, neighbours, 3)
    for unit in joined[::7]:
        for a in (0.01, 0.05, 0.25):
            assert abs((p[unit] <= a).mean() - 2 * a) < 5 * np.sqrt(2 * a * (1 - 2 * a) / 2000)
