"""A composite of layers drawn: all its components in each draw, scored and averaged; summed first, summarised last.

Components that are decayed sums of records are drawn anew from their records, by number of draw and record, so that one
draw puts a record in the same place in all of them. Of other components only the ends of a 90 % band are known: a draw
moves each unit's figure, in all months alike, to a point between or somewhat beyond the ends. It is triangular on
either side of the value, with the value in the middle and the ends where 5 % of the draws lie beyond. Units, and the
components among themselves, are then drawn as if they had nothing to do with each other.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from layers._composite import Component, arithmetic_mean
from layers._composite_parts import adding, by_month
from layers._draws import DRAWS, Singles, ends
from layers._panel import Bools, Floats, Ints, Texts

BLOCK = 1024  # units at a time: x 99 draws they take 0.4 MB a matrix and stay in the cache

NARROW = 0.01
"""Of 10 points: where the ends of all components together are closer than this, nothing is drawn."""

Components = Mapping[str, Component]


def band(components: Components, ids: Texts, value: Floats) -> tuple[Floats, Floats]:
    """Return the 90 % band of the mean score, low and high, each units x months; it always holds the value.

    Where the ends of the components, taken together, are closer than `NARROW`, they are the band.
    """
    low, high = _outer(components, value)
    for rows, there, told in _told(components, ids, high - low > NARROW, lambda scores: np.stack(ends(scores))):
        low[rows] = np.where(there, np.minimum(told[0], value[rows]), low[rows])
        high[rows] = np.where(there, np.maximum(told[1], value[rows]), high[rows])
    return low, high


def chance_above(threshold: float, components: Components, ids: Texts, value: Floats) -> Floats:
    """Return the part of the draws in which the mean score is above a threshold, units x months; NaN stays NaN."""
    low, high = _outer(components, value)
    chance = np.where(np.isnan(value), np.nan, value > threshold)

    def above(scores: Singles) -> Floats:
        return np.asarray(np.count_nonzero(scores > threshold, axis=1)[None], np.float64)

    for rows, there, told in _told(components, ids, high - low > NARROW, above):
        chance[rows] = np.where(there, told[0].astype(np.float64) / DRAWS, chance[rows])
    return chance


def _outer(components: Components, value: Floats) -> tuple[Floats, Floats]:
    """Return the mean of the components' ends, as if they went together; NaN where there is no value."""
    units = np.flatnonzero(np.any([_apart(one) for one in components.values()], axis=0))  # in the world, 1 in 3
    low, high = value.copy(), value.copy()
    for end, matrix, wider in (("low", low, np.minimum), ("high", high, np.maximum)):
        matrix[units] = wider(arithmetic_mean(components.values(), value.shape, end, units), value[units])
    return low, high


def _apart(one: Component) -> Bools:
    """Return the units in which a component that is used has an end apart from its value."""
    values = one.values
    return np.asarray((one.used & ((values.low != values.value) | (values.high != values.value))).any(axis=1))


def _told(
    components: Components, ids: Texts, wanted: Bools, tell: Callable[[Singles], Floats]
) -> Iterator[tuple[Ints, Bools, Singles]]:
    """Yield what is told of the draws where they are wanted (units x months), some units at a time.

    `tell` is given mean scores, rows x draws, and returns two numbers for each row at most. What comes back are places
    of units, where they were drawn (units x months), and what was told, numbers x units x months.
    """
    units = np.flatnonzero(wanted.any(axis=1))
    found: Singles = np.zeros((2, wanted.shape[1], len(units)), np.float32)  # by month, as it is written
    for rows, month, scores in _drawn(components, ids, wanted, units):
        told = tell(scores)
        found[: len(told), month, rows] = told
    for start in range(0, len(units), BLOCK):
        some = slice(start, start + BLOCK)
        yield units[some], wanted[units[some]], found[:, :, some].transpose(0, 2, 1)


def _drawn(components: Components, ids: Texts, wanted: Bools, units: Ints) -> Iterator[tuple[Ints, int, Singles]]:
    """Yield rows of `units`, the month, and their mean scores by draw, in order of month and unit."""
    used = [(name, one) for name, one in components.items() if one.used[units].any()]
    weight = by_month(_weighed(components, units), np.arange(len(units)))
    steps = zip(by_month(wanted, units), weight, *(adding(*each, ids, units) for each in used), strict=True)
    room: Singles = np.empty((BLOCK, DRAWS), np.float32)
    for month, (asked, summed, *adds) in enumerate(steps):
        places = np.flatnonzero(asked)
        for start in range(0, len(places), BLOCK):
            rows = places[start : start + BLOCK]
            scores: Singles = np.zeros((len(rows), DRAWS), np.float32)
            for add in adds:
                add(rows, scores, room[: len(rows)])
            scores /= summed[rows, None]
            yield rows, month, scores


def _weighed(components: Components, units: Ints) -> Singles:
    """Return the weights of all components that are used together, units x months."""
    used = [one.used[units] * np.float32(one.weight) for one in components.values()]
    return np.asarray(np.sum(used, axis=0), np.float32)


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
