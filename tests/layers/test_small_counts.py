import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from layers._decay import parts
from layers._small_counts import SIGNIFICANT, can_tell, exact_p, in_window, ratio_interval, trailing
from tests.layers.panels import Record, World, panel

COUNTS = st.integers(0, 500 * 2**26).map(lambda grains: grains / 2**26)


def p_of(one, other):
    return float(exact_p(np.array([float(one)]), np.array([float(other)]))[0])


def test_the_exact_p_is_that_of_scipy_for_all_pairs_of_counts_to_sixty():
    one, other = (axis.ravel() for axis in np.meshgrid(np.arange(61), np.arange(61)))
    pairs = np.flatnonzero((one + other > 0) & (one <= other))
    expected = [binomtest(int(one[at]), int(one[at] + other[at])).pvalue for at in pairs]
    np.testing.assert_allclose(exact_p(one[pairs] * 1.0, other[pairs] * 1.0), expected, rtol=1e-12)
    np.testing.assert_array_equal(exact_p(other * 1.0, one * 1.0), exact_p(one * 1.0, other * 1.0))


@given(st.integers(0, 100_000), st.integers(0, 300))
def test_the_exact_p_is_that_of_scipy_for_large_counts(fewer, gap):
    assert p_of(fewer, fewer + gap) == pytest.approx(binomtest(fewer, max(2 * fewer + gap, 1)).pvalue, rel=1e-9)


@pytest.mark.parametrize(("one", "other", "p"), [(0, 0, 1), (1, 0, 1), (0, 6, 1 / 32), (1, 7, 18 / 256), (4, 4, 1)])
def test_the_exact_p_is_hand_worked(one, other, p):
    assert p_of(one, other) == pytest.approx(p, rel=1e-15)


@given(COUNTS, COUNTS, st.floats(0.001, 10))
def test_counts_between_whole_numbers_lie_between_them(one, other, more):
    fewer, larger = min(one, other), max(one, other)
    assert 0 <= p_of(one, other) <= 1
    assert p_of(fewer, larger + more) <= p_of(fewer, larger) * (1 + 1e-12)


def test_six_incidents_are_the_fewest_that_can_tell():
    assert can_tell(np.array([0, 1, 5, 5.3, 5.33, 6, 400])).tolist() == [False] * 4 + [True] * 3
    for n in range(12):
        assert can_tell(np.array([float(n)]))[0] == any(p_of(k, n - k) <= SIGNIFICANT for k in range(n + 1))


@given(COUNTS, COUNTS)
def test_too_few_are_never_significant(one, other):
    assert can_tell(np.array([one + other]))[0] or p_of(one, other) > SIGNIFICANT


@pytest.mark.parametrize("level", [0.9, 0.95])
@given(ours=st.integers(0, 60), theirs=st.integers(0, 60))
def test_the_interval_is_that_of_clopper_and_pearson(level, ours, theirs):
    low, high = ratio_interval(np.array([float(ours)]), np.array([float(theirs)]), 1e9, (1 - level) / 2)
    share = binomtest(theirs, max(ours + theirs, 1)).proportion_ci(level, "exact") if ours + theirs else None
    assert low[0] == pytest.approx(share.low / (1 - share.low) if theirs else 0, rel=1e-6)
    assert high[0] == pytest.approx(share.high / (1 - share.high) if ours else 1e9, rel=1e-6)


@given(COUNTS, COUNTS)
def test_the_interval_of_95_percent_leaves_out_1_where_the_test_is_significant(ours, theirs):
    p = p_of(ours, theirs)
    low, high = (end[0] for end in ratio_interval(np.array([ours]), np.array([theirs]), 1e9, SIGNIFICANT / 2))
    if abs(p - SIGNIFICANT) > 1e-9:
        assert (p < SIGNIFICANT) == (low > 1 or high < 1)
    assert 0 <= low <= (theirs / ours if ours else 1e9)
    assert high >= (theirs / ours if ours and theirs / ours < 1e9 else 0)


def test_a_window_holds_its_months():
    np.testing.assert_array_equal(trailing(np.array([[1.0, 2, 4, 8]]), 2), [[1, 3, 6, 12]])
    np.testing.assert_array_equal(trailing(np.array([[1.0, 2, 4, 8]]), 9), [[1, 3, 7, 15]])
    of = panel(World(units=2, months=3, records=(Record(((0, 0, 0.25), (1, 0, 0.75))), Record(((1, 2, 1.0),)))))
    first = parts(of.shares, of.shares.record == 0)
    np.testing.assert_array_equal(in_window(first, 2, of.shape), [[0.25, 0.25, 0], [0.75, 0.75, 0]])
