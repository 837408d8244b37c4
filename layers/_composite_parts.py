"""What each component of a composite adds to its draws: a weighted score of some units in one month, units x draws.

Draws are worked on in single precision, a block of units at a time that stays in the cache, and change in place.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from layers._composite import Component
from layers._decay import keep_of
from layers._draws import DRAWS, Singles, Sum, certain_sum, landings, uniform
from layers._panel import Bools, Floats, Ints, Texts

AT_ONCE = 64  # months laid out by month together: one at a time takes a line of the cache for each number
ROWS = 256  # units laid out together: all at once they leave the cache between, and take four times as long
FIGURE = np.uint64(0xE7037ED1A0B428DB)  # a stream that no record is drawn from
ALMOST = 0.999  # what rounding cannot lift above 1
TAIL = 1 - np.sqrt(0.1)  # of a triangular distribution from -1 to 1, the point that 5 % lie beyond


class Adding(Protocol):
    """What a component adds in one month."""

    def __call__(self, rows: Ints, scores: Singles, room: Singles) -> None:
        """Add the weighted scores of some units, in order, to `scores`, units x draws; `room` is to work in."""


def adding(name: str, one: Component, ids: Texts, units: Ints) -> Iterator[Adding]:
    """Yield how a component adds its weighted scores, month by month; rows are positions in `units`."""
    if one.values.drawn is None:
        return _figures(one, spreads(ids[units], name), units)
    return _sums(one, one.values.drawn, units)


def by_month(matrix: NDArray[Any], units: Ints) -> Iterator[NDArray[Any]]:
    """Yield the column of each month of a matrix (units x months) for some units."""
    for first in range(0, matrix.shape[1], AT_ONCE):
        columns = np.empty((min(AT_ONCE, matrix.shape[1] - first), len(units)), matrix.dtype)
        for start in range(0, len(units), ROWS):
            rows = slice(start, start + ROWS)
            columns[:, rows] = matrix[units[rows], first : first + AT_ONCE].T
        yield from columns


class _Summed(NamedTuple):
    """Draws of a decayed sum in one month, as they were when something last came to them.

    `place` points from units to rows of `total`, `left` is what is left of them, per size of the unit, and `sure` what
    is certain, per size; both are 0 where the component is not used. `over` tells whether any draw may score 10.
    """

    total: Singles
    place: Ints
    left: Singles
    sure: Singles
    over: Bools
    one: Component

    def __call__(self, rows: Ints, scores: Singles, room: Singles) -> None:
        np.take(self.total, self.place[rows], axis=0, out=room, mode="clip")
        room *= self.left[rows, None]
        room += self.sure[rows, None]
        scores += _weighted(room, self.one, bool(self.over[rows].any()))


def _sums(one: Component, what: Sum, units: Ints) -> Iterator[Adding]:
    """Yield what sums add; draws decay when they are read, or when something comes to them."""
    doubtful, months = landings(what, units)
    place = np.searchsorted(doubtful, units)
    place[~np.isin(units, doubtful)] = len(doubtful)  # a row that nothing comes to
    total: Singles = np.zeros((len(doubtful) + 1, DRAWS), np.float32)
    most, reckoned, keep = np.zeros(len(total)), np.zeros(len(total), np.int64), keep_of(what.half_life_months)
    share, steps = _share(one, units), zip(months, by_month(certain_sum(what), units), strict=True)
    for month, (((came, landed), certain), used) in enumerate(zip(steps, by_month(one.used, units), strict=True)):
        now = total[came]
        now *= (keep ** (month - reckoned[came]))[:, None].astype(np.float32)
        now += landed
        total[came], reckoned[came], most[came] = now, month, now.max(axis=1)
        left = np.where(used, share * keep ** (month - reckoned[place]), 0)
        sure = np.where(used, share * certain, 0)
        over = most[place] * left + sure > one.most * ALMOST
        yield _Summed(total, place, _single(left), _single(sure), over, one)


class _Figured(NamedTuple):
    """Figures of one month: `sure` are the weighted scores of those without a band, 0 where there is one.

    `wide` are the rows with a band; `best` is what is drawn about, and `down` and `up` what spreads below and above 0
    are multiplied by.
    """

    sure: Singles
    wide: Bools
    best: Singles
    down: Singles
    up: Singles
    below: Singles
    above: Singles
    one: Component

    def __call__(self, rows: Ints, scores: Singles, room: Singles) -> None:
        sure = self.sure[rows]
        if sure.any():
            scores += sure[:, None]
        some = np.flatnonzero(self.wide[rows])
        at, drawn = rows[some], room[: len(some)]
        np.take(self.below, at, axis=0, out=drawn, mode="clip")
        drawn *= self.down[at, None]
        above = self.above[at]
        above *= self.up[at, None]
        drawn += above
        drawn += self.best[at, None]
        np.maximum(drawn, 0, out=drawn)
        scores[some] += _weighted(drawn, self.one)


def _figures(one: Component, spread: Singles, units: Ints) -> Iterator[Adding]:
    """Yield what figures add; what has no band adds the same in all draws: in the world, 3 of 4 figures."""
    share, below, above = _share(one, units), np.minimum(spread, 0), np.maximum(spread, 0)
    ends = (by_month(getattr(one.values, end), units) for end in ("low", "value", "high"))
    for low, best, high, used in zip(*ends, by_month(one.used, units), strict=True):
        wide = (high > low) & used
        middle, down, up = (_single(size * share) for size in (best, best - low, high - best))
        sure = _weighted(_single(np.where(used & ~wide, best * share, 0)), one)
        yield _Figured(sure, wide, middle, down, up, below, above, one)


def _single(column: Floats) -> Singles:
    return np.asarray(column, np.float32)


def _share(one: Component, units: Ints) -> Floats:
    """Return what one counts per size of its unit, 0 where that is not known."""
    size = one.size[units]
    return np.divide(1, size, out=np.zeros(len(units)), where=size > 0)


def _weighted(x: Singles, one: Component, over: bool = True) -> Singles:
    """Return the weighted scores of sizes, changed in place; where none is above the most, that need not be seen to."""
    if over:
        np.minimum(x, np.float32(one.most), out=x)
    np.log1p(x, out=x)
    x *= np.float32(10 * one.weight / np.log1p(one.most))
    return x


def spreads(ids: Texts, name: str) -> Singles:
    """Return where each draw of a unit's figure lies, units x draws: -1 at its low, 0 at the value, 1 at its high."""
    chance = uniform(np.array([f"{name}:{unit}" for unit in ids], object), FIGURE)
    far = np.where(chance < 0.5, np.sqrt(2 * chance) - 1, 1 - np.sqrt(2 * (1 - chance)))
    return np.asarray(far / TAIL, np.float32)


def figures(spread: Singles, low: Floats, best: Floats, high: Floats) -> Singles:
    """Return drawn figures, units x draws and not below 0, of which nine in ten lie from low to high; NaN stays NaN."""
    least, middle, most = (np.asarray(column, np.float32)[:, None] for column in (low, best, high))
    drawn = middle + np.where(spread < 0, middle - least, most - middle) * spread
    return np.maximum(drawn, np.float32(0))
