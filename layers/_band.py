"""Decayed sums of uncertain records summarised: the 90 % band of their draws, and the chance that they are above."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from layers._decay import BLOCK, keep_of
from layers._draws import DRAWS, Singles, Sum, certain_sum, draws_by_month, ends, landings
from layers._panel import Floats, Ints
from layers._since import Came, less_earlier, since


def band(value: Floats, what: Sum, lag: int = 0) -> tuple[Floats, Floats]:
    """Return the 90 % band of a decayed sum, low and high, each units x months; it always holds the value.

    With a lag, of the sum less what it was `lag` months before, draw by draw. In months without a new record, and none
    of `lag` months before, all draws shrink alike, and so do their ends: only where one came are they sought.
    """
    (doubtful, months), low = landings(what), since(certain_sum(what), lag)
    high = np.zeros(what.shape)  # units where nothing ever happened are not written: they cost no memory
    certain = np.setdiff1d(what.of.unit, doubtful)
    high[certain] = low[certain]
    keep = keep_of(what.half_life_months)
    found = _ends_by_arrival(less_earlier(months, lag), len(doubtful), keep)
    for held, cut in _held(found, keep, (len(doubtful), what.shape[1])):
        units = doubtful[cut]
        reached = held + low[units]
        low[units] = np.minimum(reached[0], value[units])
        high[units] = np.maximum(reached[1], value[units])
    return low, high


class _Ends(NamedTuple):
    """Ends of the draws, 2 x arrivals, and where and when these were; in order of row and month."""

    row: Ints
    period: Ints
    ends: Floats


def _ends_by_arrival(months: Iterable[Came], n_units: int, keep: float) -> _Ends:
    # half the memory of float64, and sorted in half the time
    total: Singles = np.zeros((n_units, DRAWS), np.float32)
    reckoned = np.zeros(n_units, np.int64)
    found = [_Ends(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((2, 0)))]
    for month, (rows, landed) in enumerate(months):
        now = total[rows]
        now *= (keep ** (month - reckoned[rows]))[:, None].astype(np.float32)
        now += landed
        total[rows], reckoned[rows] = now, month
        found.append(_Ends(rows, np.full(len(rows), month), np.stack(ends(now))))
    row, period, both = (np.concatenate(column, axis=-1) for column in zip(*found, strict=True))
    order = np.argsort(row, kind="stable")
    return _Ends(row[order], period[order], both[:, order])


def _held(found: _Ends, keep: float, shape: tuple[int, int]) -> Iterator[tuple[Floats, slice]]:
    """Yield the ends of some rows at a time in every month, 2 x rows x months, and which rows these are."""
    for start in range(0, shape[0], BLOCK):
        rows = slice(start, min(start + BLOCK, shape[0]))
        at = slice(*np.searchsorted(found.row, (rows.start, rows.stop)))
        held, came = np.zeros((2, rows.stop - start, shape[1])), np.zeros((rows.stop - start, shape[1]), bool)
        held[:, found.row[at] - start, found.period[at]] = found.ends[:, at]
        came[found.row[at] - start, found.period[at]] = True
        for month in range(1, shape[1]):
            held[:, :, month] = np.where(came[:, month], held[:, :, month], keep * held[:, :, month - 1])
        yield held, rows


def chance_above(threshold: float, what: Sum) -> Floats:
    """Return the part of the draws in which a decayed sum is above a threshold, units x months."""
    sure = certain_sum(what)
    chance = (sure > threshold).astype(np.float64)
    for month, drawn in enumerate(draws_by_month(what)):
        above = drawn.total > (threshold - sure[drawn.units, month])[:, None]
        chance[drawn.units, month] = above.mean(axis=1)
    return chance
