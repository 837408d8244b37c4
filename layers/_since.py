"""How much a decayed sum has grown or shrunk since some months before, and how sure that is by draws of its records.

A draw puts a record into the same unit in both months, so that what is uncertain of a record that was there in both
is only how much it has aged. Draws are subtracted first and summarised last.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from layers._decay import keep_of
from layers._draws import Drawn, Sum, certain_sum, draws_by_month, ends
from layers._panel import Floats


def earlier(matrix: Floats, lag: int) -> Floats:
    """Return what a matrix (units x months) was `lag` months before; 0 before the first month."""
    found = np.zeros(matrix.shape)
    found[:, lag:] = matrix[:, : max(matrix.shape[1] - lag, 0)]
    return found


def since(matrix: Floats, lag: int) -> Floats:
    """Return a matrix (units x months) less what it was `lag` months before."""
    return matrix - earlier(matrix, lag)


def band_since(value: Floats, what: Sum, lag: int) -> tuple[Floats, Floats]:
    """Return the 90 % band of the change of a decayed sum since `lag` months before; it always holds the value.

    Where no record came in the month nor `lag` months before, all draws shrink alike, and so do their ends.

    Parameters
    ----------
    value
        The change of the expected sum, units x months.
    what
        The sum.
    lag
        Months, from 1 up.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high, each units x months; the value itself in the first `lag` months.
    """
    certain, keep, held = since(certain_sum(what), lag), keep_of(what.half_life_months), np.zeros((2, 0))
    low, high = value.copy(), value.copy()
    for month, now, then in _pairs(what, lag):
        moved = np.union1d(now.arrived, then.arrived)
        if month == lag:
            held, moved = np.zeros((2, len(now.units))), np.arange(len(now.units))
        held *= keep
        held[:, moved] = ends(now.total[moved] - then.total[moved])
        at = (now.units, month)
        low[at] = np.minimum(certain[at] + held[0], value[at])
        high[at] = np.maximum(certain[at] + held[1], value[at])
    return low, high


def chance_since(threshold: float, what: Sum, lag: int) -> Floats:
    """Return the part of the draws in which the change since `lag` months before is above a threshold.

    Units x months; NaN in the first `lag` months.
    """
    certain = since(certain_sum(what), lag)
    chance = (certain > threshold).astype(np.float64)
    chance[:, :lag] = np.nan
    for month, now, then in _pairs(what, lag):
        above = now.total - then.total > (threshold - certain[now.units, month])[:, None]
        chance[now.units, month] = above.mean(axis=1)
    return chance


def _pairs(what: Sum, lag: int) -> Iterator[tuple[int, Drawn, Drawn]]:
    """Yield each month from `lag` on with its draws and those of `lag` months before."""
    now = islice(enumerate(draws_by_month(what)), lag, None)
    for (month, later), before in zip(now, draws_by_month(what), strict=False):
        yield month, later, before
