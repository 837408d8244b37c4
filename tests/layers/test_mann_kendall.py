import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layers._mann_kendall import BLOCK, mann_kendall, rolling

TIED = arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(0, 20)), elements=st.sampled_from((0.0, 1.0, 2.5, np.nan))
)


def test_it_equals_pymannkendall_on_1000_series_with_ties():
    rng = np.random.default_rng(1)
    n_tied = 0
    for _ in range(1000):
        series = rng.integers(0, rng.integers(2, 15), rng.integers(4, 60)) + rng.choice((0, 0.1)) * rng.normal()
        series = np.where(rng.random(len(series)) < rng.choice((0, 0.2)), np.nan, series)
        window = int(rng.integers(4, len(series) + 1))
        last = series[-window:]
        if np.isfinite(last).sum() < 2:
            continue
        expected = pymannkendall.original_test(last)
        found = mann_kendall(series[None], window)
        assert found.s[0, -1] == expected.s
        assert found.n[0, -1] == np.isfinite(last).sum()
        assert found.z[0, -1] == pytest.approx(expected.z, abs=1e-9)
        assert found.p[0, -1] == pytest.approx(expected.p, abs=1e-9)
        n_tied += len(np.unique(last[np.isfinite(last)])) < found.n[0, -1]
    assert n_tied > 900


def test_it_is_hand_worked():
    # 1 2 2 4: pairs rise but the tied one, S = 5; variance (4 x 3 x 13 - 2 x 1 x 9) / 18 = 23 / 3;
    # Z = 4 / sqrt(23 / 3) = 1.44463
    found = mann_kendall(np.array([[9.0, 1, 2, 2, 4]]), 4)
    assert found.s[0].tolist() == [0, -1, -1, -1, 5]
    assert found.z[0, -1] == pytest.approx(1.4446302)
    assert found.p[0, -1] == pytest.approx(0.14856, abs=1e-5)


@given(TIED, st.integers(1, 25))
def test_a_window_gives_what_its_own_values_would(series, window):
    found = mann_kendall(series, window)
    for step in range(series.shape[1]):
        own = series[:, max(step - window + 1, 0) : step + 1]
        alone = mann_kendall(own, own.shape[1])
        for rolled, direct in zip(found, alone, strict=True):
            np.testing.assert_array_equal(rolled[:, step], direct[:, -1])


@given(TIED, st.integers(1, 25))
def test_turned_round_it_falls_as_much_as_it_rose(series, window):
    up, down = mann_kendall(series, window), mann_kendall(-series, window)
    np.testing.assert_array_equal(up.s, -down.s)
    np.testing.assert_array_equal(up.p, down.p)


def test_where_no_two_values_differ_there_is_no_trend():
    found = mann_kendall(np.array([[3.0] * 12, [np.nan] * 12, [np.nan] * 11 + [1.0]]), 10)
    assert (found.z == 0).all()
    assert (found.p == 1).all()
    assert found.n[:, -1].tolist() == [10, 0, 1]


def test_each_series_has_its_own_trend():
    rng = np.random.default_rng(2)
    series = rng.integers(0, 5, (BLOCK + 3, 15)).astype(float)
    whole = mann_kendall(series, 10)
    for at in (0, BLOCK - 1, BLOCK, BLOCK + 2):
        np.testing.assert_array_equal(whole.s[at], mann_kendall(series[[at]], 10).s[0])
    assert mann_kendall(np.zeros((0, 5)), 3).s.shape == (0, 5)
    assert mann_kendall(np.zeros((2, 0)), 3).s.shape == (2, 0)


def test_a_rolling_count_forgets():
    assert rolling(np.array([[True, True, False, True, False]]), 2).tolist() == [[1, 2, 1, 1, 1]]
