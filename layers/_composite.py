"""INFORM's published formulas: measures scaled to 0-10 with fixed bounds, and means of scores.

INFORM takes the arithmetic mean of what speaks of one thing (indicators of a component, components of a category), and
the geometric mean of its dimensions, R = HE^(1/3) x V^(1/3) x LCC^(1/3): a low one is not made up for by a high one.
Here means are weighted; with equal weights they are INFORM's.

Marin-Ferrer, Vernaccini and Poljansek 2017, INFORM, concept and methodology, doi:10.2760/094023.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from layers._layer import Values
from layers._panel import Bools, Floats, Ints
from layers._settle import per

ALL = slice(None)
BLOCK = 1024  # units at a time: each matrix of the world takes 0.2 GB


class Component(NamedTuple):
    """One component: where it is used (units x months), its weight, its sizes (one per unit), and what scores 10."""

    values: Values
    used: Bools
    weight: float
    size: Floats
    most: float


def score(value: Floats, size: Floats, most: float) -> Floats:
    """Return INFORM's score of x = value / size: 10 (y - y_min) / (y_max - y_min), cut at 0 and 10.

    INFORM takes logarithms of skewed indicators first: y = log(1 + x), with fixed bounds x_min = 0 and x_max = most.

    Parameters
    ----------
    value
        Units x months, not negative; NaN stays NaN, and zeros cost no memory.
    size
        One per unit; where it is unknown or 0 the score is NaN.
    most
        The x, in its own unit, from which the score is 10; 0 scores 0.
    """
    scaled = per(value, size)
    some = scaled > 0
    np.log1p(scaled, out=scaled, where=some)
    np.multiply(scaled, 10 / np.log1p(most), out=scaled, where=some)
    np.minimum(scaled, 10, out=scaled, where=some)
    return scaled


def scored(one: Component, end: str = "value", rows: slice = ALL) -> Floats:
    """Return the score of a component's value, low or high, units x months, or of some rows of it."""
    return score(getattr(one.values, end)[rows], one.size[rows], one.most)


def arithmetic_mean(
    components: Collection[Component], shape: tuple[int, int], end: str = "value", units: Ints | None = None
) -> Floats:
    """Return the mean of the scores that are used, their weights made to sum to 1; NaN where none is used.

    Of all units x months, or of some units alone where these are given.
    """
    n_units, n_months = shape
    mean = np.full((n_units if units is None else len(units), n_months), np.nan)
    for first in range(0, len(mean), BLOCK):
        part = slice(first, first + BLOCK)
        rows = part if units is None else units[part]
        total, summed = np.zeros(mean[part].shape), np.zeros(mean[part].shape)
        for one in components:
            used, matrix = one.used[rows], getattr(one.values, end)[rows]
            some = np.flatnonzero((used & (matrix != 0)).any(axis=1))  # in the world, 1 unit in 3
            scores = score(matrix[some], one.size[rows][some], one.most)
            total[some] += np.where(used[some], one.weight * scores, 0)
            np.add(summed, one.weight, out=summed, where=used)
        np.divide(total, summed, out=mean[part], where=summed > 0)
    return mean


def geometric_mean(weighed: Iterable[tuple[Floats, Floats]], shape: tuple[int, ...]) -> Floats:
    """Return the geometric mean of scores with their weights, those of weight 0 left out; NaN where all are."""
    product, summed = np.ones(shape), np.zeros(shape)
    for scored, weight in weighed:
        np.multiply(product, np.nan_to_num(scored) ** weight, out=product, where=weight > 0)
        summed += weight
    return np.where(summed > 0, product ** (1 / np.where(summed > 0, summed, 1)), np.nan)
