"""A composite of layers drawn: all its components in each draw, scored and averaged; summed first, summarised last.

Components that are decayed sums of records are drawn anew from their records, by number of draw and record, so that one
draw puts a record in the same place in all of them. Of other components only the ends of a 90 % band are known: a draw
moves each unit's figure, in all months alike, to a point between or somewhat beyond the ends. It is triangular on
either side of the value, with the value in the middle and the ends where 5 % of the draws lie beyond. Units, and the
components among themselves, are then drawn as if they had nothing to do with each other.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from layers._composite import Component, arithmetic_mean
from layers._draws import DRAWS, Drawn, Singles, Sum, certain_sum, draws_by_month, ends, uniform
from layers._layer import Values
from layers._panel import Bools, Floats, Ints, Texts

BLOCK = 1024  # units at a time: x 99 draws they take 0.4 MB a matrix and stay in the cache
FIGURE = np.uint64(0xE7037ED1A0B428DB)  # a stream that no record is drawn from
TAIL = 1 - np.sqrt(0.1)  # of a triangular distribution from -1 to 1, the point that 5 % lie beyond

NARROW = 0.01
"""Of 10 points: where the ends of all components together are closer than this, nothing is drawn."""

Components = Mapping[str, Component]
Take = Callable[[Ints], Singles]
"""Returns the draws of some units in one month, units x draws."""


class Block(NamedTuple):
    """Some units in one month, and their mean scores, units x draws."""

    units: Ints
    month: int
    scores: Singles


def band(components: Components, ids: Texts, value: Floats) -> tuple[Floats, Floats]:
    """Return the 90 % band of the mean score, low and high, each units x months; it always holds the value.

    Where the ends of the components, taken together, are closer than `NARROW`, they are the band.
    """
    low, high = _outer(components, value)
    for units, month, scores in _drawn(components, ids, high - low > NARROW):
        least, most = ends(scores)
        low[units, month] = np.minimum(least, value[units, month])
        high[units, month] = np.maximum(most, value[units, month])
    return low, high


def chance_above(threshold: float, components: Components, ids: Texts, value: Floats) -> Floats:
    """Return the part of the draws in which the mean score is above a threshold, units x months; NaN stays NaN."""
    low, high = _outer(components, value)
    chance = np.where(np.isnan(value), np.nan, value > threshold)
    for units, month, scores in _drawn(components, ids, high - low > NARROW):
        chance[units, month] = (scores > threshold).mean(axis=1)
    return chance


def _outer(components: Components, value: Floats) -> tuple[Floats, Floats]:
    """Return the mean of the components' ends, as if they went together; NaN where there is no value."""
    low, high = (arithmetic_mean(components.values(), value.shape, end) for end in ("low", "high"))
    return np.minimum(low, value, out=low), np.maximum(high, value, out=high)


def _drawn(components: Components, ids: Texts, wanted: Bools) -> Iterator[Block]:
    """Yield mean scores by draw where they are wanted (units x months), in order of month and unit."""
    ever = np.flatnonzero(wanted.any(axis=1))
    steps = {name: _takes(name, one.values, ids, ever) for name, one in components.items() if one.used.any()}
    for month in range(wanted.shape[1]):
        takes = {name: next(step) for name, step in steps.items()}
        units = np.flatnonzero(wanted[:, month])
        for start in range(0, len(units), BLOCK):
            some = units[start : start + BLOCK]
            drawn = {name: take(some) for name, take in takes.items() if components[name].used[some, month].any()}
            yield Block(some, month, mean_scores(components, drawn, some, month))


def mean_scores(
    components: Components,
    drawn: Mapping[str, Singles],
    units: Ints,
    month: int,
    weights: Mapping[str, Floats] | None = None,
) -> Singles:
    """Return the weighted mean of the scores of the components that are used, units x draws; NaN where none is.

    Parameters
    ----------
    components
        All of them.
    drawn
        Values of those that are used in any of the units, units x draws; changed in place.
    units, month
        Places of the units and of the month.
    weights
        One per draw for each component, in the stead of its own.
    """
    total: Singles = np.zeros((len(units), DRAWS), np.float32)
    summed: Singles = np.zeros((len(units), DRAWS), np.float32)
    for name, draws in drawn.items():
        one = components[name]
        there = one.used[units, month]
        weight = np.asarray(one.weight if weights is None else weights[name], np.float32)
        total += _scored(draws, one, units, there) * weight
        summed += there[:, None] * weight
    return np.divide(total, summed, out=np.full(total.shape, np.nan, np.float32), where=summed > 0)


def _scored(draws: Singles, one: Component, units: Ints, there: Bools) -> Singles:
    """Return the scores of draws, 0 where a component is not used; the draws are changed, as this is done often."""
    share = np.divide(1, one.size[units], out=np.zeros(len(units)), where=there)
    draws *= share[:, None].astype(np.float32)
    draws[~there] = 0  # NaN before
    np.log1p(draws, out=draws)
    draws *= np.float32(10 / np.log1p(one.most))
    return np.minimum(draws, 10, out=draws)


def _takes(name: str, values: Values, ids: Texts, units: Ints) -> Iterator[Take]:
    """Yield how to draw a component, month by month."""
    if values.drawn is not None:
        yield from _sums(values.drawn)
        return
    spread, place = spreads(ids[units], name), np.zeros(len(ids), np.int64)
    place[units] = np.arange(len(units))
    for month in range(values.value.shape[1]):
        yield partial(_figures, values, spread, place, month)


def _sums(what: Sum) -> Iterator[Take]:
    sure, place = certain_sum(what), np.full(what.shape[0], -1)
    for month, drawn in enumerate(draws_by_month(what)):
        place[drawn.units] = np.arange(len(drawn.units))
        yield partial(_summed, sure, drawn, place, month)


def _summed(sure: Floats, drawn: Drawn, place: Ints, month: int, units: Ints) -> Singles:
    x = np.repeat(sure[units, month].astype(np.float32)[:, None], DRAWS, axis=1)
    row = place[units]
    x[row >= 0] += drawn.total[row[row >= 0]]
    return x


def _figures(values: Values, spread: Singles, place: Ints, month: int, units: Ints) -> Singles:
    low, best, high = (matrix[units, month] for matrix in (values.low, values.value, values.high))
    drawn = np.repeat(best.astype(np.float32)[:, None], DRAWS, axis=1)
    wide = np.flatnonzero(high > low)  # in the world, 1 in 4
    drawn[wide] = figures(spread[place[units[wide]]], low[wide], best[wide], high[wide])
    return drawn


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
