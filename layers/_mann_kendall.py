"""The Mann-Kendall test for a trend, over a window that ends at each step of many series at once.

S is the number of pairs that rise less those that fall; its variance without a trend, for n values of which some are
tied in groups of t, is (n (n - 1) (2 n + 5) - sum of t (t - 1) (2 t + 5)) / 18, and Z = (S -/+ 1) / its root (Mann
1945, doi:10.2307/1907187; Kendall 1975). Both sums roll on with the window: a value that comes or goes changes S by its
pairs with the others in the window, and the sum over ties, where e others are tied with it, by 6 e (e + 2).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._local import two_sided
from layers._panel import Floats, Ints

BLOCK = 1024


class Trend(NamedTuple):
    """A trend test per series and step: S, its standardised Z, the two-sided p and the number of values."""

    s: Ints
    z: Floats
    p: Floats
    n: Ints


class _Change(NamedTuple):
    """What a value adds to S and to the sum over ties when it comes to the window, and takes away when it leaves."""

    s: Ints
    ties: Ints


def mann_kendall(series: Floats, window: int) -> Trend:
    """Return the trend of the last `window` steps up to each step.

    Parameters
    ----------
    series
        Series x steps; NaN is left out.
    window
        Steps that count, the last one included; the first steps have fewer.

    Returns
    -------
    Trend
        Series x steps. Where no two values differ, Z is 0 and p is 1.
    """
    shape = series.shape
    found = Trend(np.zeros(shape, np.int64), np.zeros(shape), np.ones(shape), np.zeros(shape, np.int64))
    for first in range(0, len(series), BLOCK):
        rows = slice(first, first + BLOCK)
        for whole, part in zip(found, _test(series[rows], window), strict=True):
            whole[rows] = part
    return found


def _test(series: Floats, window: int) -> Trend:
    come, gone = _changes(series, window)
    n = rolling(np.isfinite(series), window)
    s = _rolled(come.s, gone.s, window)
    ties = _rolled(come.ties, gone.ties, window)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    z = np.divide(s - np.sign(s), np.sqrt(variance), out=np.zeros(s.shape), where=s != 0)
    return Trend(s, z, two_sided(z), n)


def _changes(series: Floats, window: int) -> tuple[_Change, _Change]:
    """Return what each value changes when it comes, by its pairs with those before, and when it goes, with those after.

    Small integers, so that a block stays in the cache; the window is far below 32,767 steps.
    """
    shape = series.shape
    rise, fall, tied_before, tied_after = (np.zeros(shape, np.int16) for _ in range(4))
    for lag in range(1, min(window, shape[1])):
        later, earlier = series[:, lag:], series[:, :-lag]
        sign = (later > earlier).view(np.int8) - (later < earlier).view(np.int8)
        tied = (later == earlier).view(np.int8)
        rise[:, lag:] += sign
        fall[:, :-lag] += sign
        tied_before[:, lag:] += tied
        tied_after[:, :-lag] += tied
    return _Change(rise.astype(np.int64), _cubic(tied_before)), _Change(fall.astype(np.int64), _cubic(tied_after))


def _cubic(tied: NDArray[np.int16]) -> Ints:
    others = tied.astype(np.int64)
    return 6 * others * (others + 2)


def _rolled(come: Ints, gone: Ints, window: int) -> Ints:
    """Return the sum of what came up to each step less what left the window before it."""
    total = np.cumsum(come, axis=1)
    total[:, window:] -= np.cumsum(gone, axis=1)[:, :-window]
    return total


def rolling(flags: NDArray[np.bool_], window: int) -> Ints:
    """Return how many of the last `window` steps up to each step are flagged, series x steps."""
    counted = flags.astype(np.int64)
    return _rolled(counted, counted, window)
