"""The scan against one written plainly, and against chance."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers._circles import ALONE, circles_of
from layers._panel import Near
from layers._scan import llr, maxima, scan

STEP_M = 40_000.0


def pairs(points) -> Near:
    """Return all pairs of units, those on neighbouring points of a grid touching."""
    at = np.asarray(points, float)
    apart = np.abs(at[:, None] - at[None, :])
    dist_m = STEP_M * np.hypot(*np.maximum(apart - 1, 0).transpose(2, 0, 1))
    unit, other = np.nonzero(~np.eye(len(at), dtype=bool))
    return Near(unit, other, dist_m[unit, other])


GRID = [(x, y) for x in range(5) for y in range(5)]


def plainly(cases, near, max_radius_m, max_months):
    """Return (LLR, units with cases, months) of every cylinder, one at a time, as the papers write it."""
    total, found = cases.sum(), []
    for centre in range(len(cases)):
        reach = {
            other: d
            for u, other, d in zip(near.unit, near.other, near.dist_m, strict=True)
            if u == centre and d <= max_radius_m
        }
        if not cases[centre].sum():
            continue
        for radius in (ALONE, *sorted(set(reach.values()))):
            circle = [centre] + [other for other, d in reach.items() if d <= radius]
            of_circle = cases[circle].sum()
            for months in range(1, max_months + 1):
                c, expected = cases[circle, -months:].sum(), of_circle * cases[:, -months:].sum() / total
                if c >= 2 and c > expected and 2 * of_circle <= total:
                    ratio = c * log(c / expected) + (total - c) * log((total - c) / (total - expected))
                    having = frozenset(u for u in circle if cases[u].sum())
                    found.append((ratio, having, months))
    return found


@st.composite
def few_cases(draw):
    units = draw(st.integers(1, 8))
    points = draw(st.permutations(GRID))[:units]
    cells = draw(st.lists(st.tuples(st.integers(0, units - 1), st.integers(0, 11)), max_size=40))
    cases = np.zeros((units, 12), np.int64)
    np.add.at(cases, tuple(np.array(cells, int).reshape(-1, 2).T), 1)
    return cases, pairs(points)


@given(few_cases(), st.sampled_from((0.0, 40_000.0, 100_000.0)), st.integers(1, 4))
@settings(deadline=None, max_examples=200)
def test_it_finds_what_a_plain_scan_finds(drawn, max_radius_m, max_months):
    cases, near = drawn
    clusters = scan(cases, near, max_radius_m, max_months, 0, 1)
    left, taken = plainly(cases, near, max_radius_m, max_months), frozenset()
    for cluster in clusters:
        best = max(ratio for ratio, _, _ in left)
        assert cluster.llr == pytest.approx(best, abs=1e-9)
        having = frozenset(int(u) for u in cluster.units if cases[u].sum())
        assert any(r == pytest.approx(best, abs=1e-9) and (h, m) == (having, cluster.months) for r, h, m in left)
        assert cluster.observed == cases[cluster.units, -cluster.months :].sum()
        assert not having & taken
        taken |= having
        left = [one for one in left if not one[1] & taken]
    assert left == []


def test_a_case_worked_by_hand():
    # two units far apart and one year: unit 0 has 4 cases, 3 of them in the last month; unit 1 has 12, one a month.
    # C = 16, C_z = 4, C_t = 4, so E = 4 x 4 / 16 = 1 and c = 3: LLR = 3 ln 3 + 13 ln(13 / 15) = 3.2958 - 1.8603
    cases = np.zeros((2, 12), np.int64)
    cases[0, -1], cases[0, 0], cases[1] = 3, 1, 1
    (cluster,) = scan(cases, pairs([(0, 0), (4, 4)]), 0.0, 3, 0, 1)
    assert (cluster.units.tolist(), cluster.months, cluster.observed, cluster.expected) == ([0], 1, 3, 1.0)
    assert cluster.llr == pytest.approx(1.4355, abs=1e-4)


def test_circles_hold_units_by_their_nearest_point_and_at_most_half_of_all_cases():
    # in a row, 0 and 2 touch 1; 3 is one step of 40 km from 1; unit 2 has no cases but lies within the circle
    near = pairs([(0, 0), (1, 0), (2, 0), (3, 0), (0, 4)])
    cases = np.zeros((5, 24), np.int64)
    cases[[0, 1, 3], -1] = 2
    cases[4] = 1
    (cluster, *_) = scan(cases, near, 40_000.0, 1, 0, 1)
    assert cluster.units.tolist() == [0, 1, 2, 3]
    assert (cluster.centre, cluster.radius_m, cluster.observed) == (1, 40_000.0, 6)
    circles = circles_of(np.array([5, 1, 1]), pairs([(0, 0), (1, 0), (2, 0)]), 100_000.0)
    assert (2 * circles.size <= 7).all()
    assert circles_of(np.array([9]), pairs([(0, 0)]), 1.0).centre.size == 0


def test_nothing_is_found_in_nothing():
    near = pairs(GRID)
    assert scan(np.zeros((25, 12), np.int64), near, 100_000.0, 3, 99, 1) == []
    assert scan(np.zeros((0, 12), np.int64), Near(*np.zeros((3, 0), int)), 100_000.0, 3, 99, 1) == []
    assert llr(np.array([1, 5, 3]), np.array([2, 50, 3]), np.array([1, 10, 100]), 100).tolist() == [0, 0, 0]


def replicates_of(cases, near, replicates, seed):
    total = cases.sum(axis=1)
    recent = np.cumsum(cases[:, ::-1][:, :3].sum(axis=0))
    circles = circles_of(total, near, 100_000.0)
    return maxima(circles, total, recent, replicates, np.random.default_rng(seed))


def drawn_by_chance(rng):
    """Return cases of places and months that have their own rates, and nothing to do with each other."""
    rate = np.outer(rng.gamma(1, 1, len(GRID)), rng.gamma(3, 1 / 3, 24)) * 0.6
    return rng.poisson(rate)


def test_replicates_are_distributed_as_plain_permutations_are():
    rng = np.random.default_rng(7)
    cases, near = drawn_by_chance(rng), pairs(GRID)
    owner, month = (np.repeat(axis, cases.ravel()) for axis in (a.ravel() for a in np.indices(cases.shape)))
    plain = []
    for _ in range(300):
        shuffled = np.zeros_like(cases)
        np.add.at(shuffled, (owner, rng.permutation(month)), 1)
        plain.append(max((c.llr for c in scan(shuffled, near, 100_000.0, 3, 0, 1)), default=0.0))
    ours = replicates_of(cases[cases.any(axis=1)], pairs(np.array(GRID)[cases.any(axis=1)]), 3000, 1)
    deciles = np.quantile(ours, np.arange(0.1, 1, 0.1))
    below = (np.array(plain)[:, None] <= deciles).mean(axis=0)
    # 300 draws: a standard error of 0.029 at the median
    np.testing.assert_allclose(below, np.arange(0.1, 1, 0.1), atol=0.09)


def test_by_chance_p_is_at_most_one_in_twenty_in_one_case_of_twenty():
    rng, near = np.random.default_rng(11), pairs(GRID)
    best = []
    for seed in range(400):
        clusters = scan(drawn_by_chance(rng), near, 100_000.0, 3, 199, seed)
        best.append(clusters[0].p if clusters else 1.0)
    # 400 data sets without a cluster: 20 expected, a standard deviation of 4.4
    assert 10 <= np.sum(np.array(best) <= 0.05) <= 31
    assert 0.4 <= np.mean(np.array(best) <= 0.5) <= 0.6


def test_a_planted_cluster_is_found_with_its_place_and_months():
    rng, near = np.random.default_rng(3), pairs(GRID)
    planted = [0, 1, 5, 6]
    exact = 0
    for seed in range(20):
        cases = drawn_by_chance(rng)
        cases[planted, -2:] += 6
        best = scan(cases, near, 100_000.0, 3, 999, seed)[0]
        assert best.p <= 0.01
        assert len(set(planted) & set(best.units.tolist())) >= 3
        exact += best.units.tolist() == planted and best.months == 2
    assert exact >= 15


def test_the_same_seed_gives_the_same_p_and_the_least_is_one_in_a_thousand():
    cases = np.ones((25, 24), np.int64)
    cases[12, -1] = 40
    runs = [scan(cases, pairs(GRID), 100_000.0, 3, 999, (1, 2)) for _ in range(2)]
    assert [(c.units.tolist(), c.llr, c.p) for c in runs[0]] == [(c.units.tolist(), c.llr, c.p) for c in runs[1]]
    assert runs[0][0].p == 0.001
