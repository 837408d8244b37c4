"""The 17 patterns of a series of hot and cold spots, as ArcGIS' Emerging Hot Spot Analysis defines and numbers them.

Of the steps in the window that have a value (all conditions speak of these alone), a unit is a hot spot of type

1 new: at the last step, and at none before.
2 consecutive: at the last steps in a row, at least two, and at none before; under 90 % of the steps.
3 intensifying: at the last step and 90 % of all, and z rises (Mann-Kendall).
4 persistent: at the last step and 90 % of all, and z has no trend.
5 diminishing: at the last step and 90 % of all, and z falls.
6 sporadic: at the last step, on and off before, under 90 % of the steps; at none a cold spot.
7 oscillating: at the last step, under 90 % of the steps; at an earlier one a cold spot.
8 historical: not at the last step, but at 90 % of all.

-1 to -8 are the same of cold spots, with z the other way round, and 0 is no pattern. Where two fit, the first of the
list is taken, hot before cold: a unit that is hot now and was cold long ago, but never hot, is new and not oscillating.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._local import COLD, HOT
from layers._mann_kendall import mann_kendall, rolling
from layers._panel import Bools, Floats, Ints

TENTHS_OFTEN = 9


class Series(NamedTuple):
    """Patterns with what they rest on, each units x months.

    How many steps have a value and in how many of them the unit is a hot or a cold spot; the Mann-Kendall Z of z over
    these steps, and its two-sided p.
    """

    pattern: Floats
    steps: Floats
    hot: Floats
    cold: Floats
    trend_z: Floats
    trend_p: Floats


class _Side(NamedTuple):
    """One of the two sides: now, in a row up to now, steps in the window, and those of the other side."""

    now: Bools
    in_a_row: Ints
    steps: Ints
    other: Ints


def patterns(z: Floats, category: NDArray[np.uint8], window: int, step: int, alpha: float) -> Series:
    """Return the pattern of each month and the steps before it.

    Parameters
    ----------
    z
        Units x months; NaN where there is no value.
    category
        HOT, COLD or another, units x months.
    window
        Steps that count, the last one included; the first months have fewer.
    step
        Months from one step to the next.
    alpha
        The trend is one where its two-sided p is below this.

    Returns
    -------
    Series
        A pattern of a month without a value means nothing.
    """
    found = Series(*(np.zeros(z.shape) for _ in Series._fields))
    for first in range(step):
        months = slice(first, None, step)
        for whole, part in zip(found, _of_series(z[:, months], category[:, months], window, alpha), strict=True):
            whole[:, months] = part
    return found


def _of_series(z: Floats, category: NDArray[np.uint8], window: int, alpha: float) -> Iterator[Floats | Ints]:
    """Yield the columns of `Series` for months that are steps of one series."""
    there = np.isfinite(z)
    hot, cold = ((category == kind) & there for kind in (HOT, COLD))
    trend = mann_kendall(z, window)
    rising = np.where(trend.p < alpha, np.sign(trend.z), 0)
    n_hot, n_cold = rolling(hot, window), rolling(cold, window)
    of_hot = _number(_Side(hot, _in_a_row(hot, there), n_hot, n_cold), trend.n, rising)
    of_cold = _number(_Side(cold, _in_a_row(cold, there), n_cold, n_hot), trend.n, -rising)
    yield np.where(of_hot > 0, of_hot, -of_cold)
    yield from (trend.n, n_hot, n_cold, trend.z, trend.p)


def _number(side: _Side, n: Ints, rising: Floats) -> Ints:
    often = (10 * side.steps >= TENTHS_OFTEN * n) & (n > 0)
    now, seldom, always = side.now, side.now & ~often, side.now & often
    rules = (
        seldom & (side.steps == 1),
        seldom & (side.in_a_row >= side.steps),
        always & (rising > 0),
        always & (rising == 0),
        always & (rising < 0),
        seldom & (side.other == 0),
        seldom,
        often & ~now,
    )
    return np.select(rules, range(1, 9), 0).astype(np.int64)


def _in_a_row(flags: Bools, there: Bools) -> Ints:
    """Return how many steps in a row up to each are flagged; those without a value are passed over."""
    row = np.zeros(flags.shape, np.int64)
    now = np.zeros(len(flags), np.int64)
    for step in range(flags.shape[1]):
        now = np.where(flags[:, step], now + 1, np.where(there[:, step], 0, now))
        row[:, step] = now
    return row
