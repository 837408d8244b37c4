"""Circles round units that have cases, and how many cases each holds.

Circles round one centre lie in each other, so that each is the one before and a ring. Cases are added up ring by ring,
for many columns of cases at a time: that is what a scan spends its time on.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import sparse

from layers._panel import Floats, Ints, Near

FEWEST = 2
ALONE = -1.0


class Rings(NamedTuple):
    """What circles grow by.

    `joining`, rings x units, is 1 for the units that join in a ring: first the innermost rings of all centres, then
    the second ones, ... with as many as `levels` says; centres come in the same order in each, those with most first.
    """

    joining: sparse.csr_array
    levels: Ints


class Circles(NamedTuple):
    """Circles in order of `size`, the cases in each over the study period, columns of equal length but for two.

    A circle is its centre and the units no further from it than `radius_m` (`ALONE`: the centre without those that
    touch it). `unit[start:stop]` are those of them that have cases, nearest first; `ring` is its outermost of `rings`.
    """

    centre: Ints
    radius_m: Floats
    start: Ints
    stop: Ints
    size: Ints
    ring: Ints
    unit: Ints
    rings: Rings


def circles_of(total: Ints, near: Near, max_radius_m: float) -> Circles:
    """Return every circle round a unit with cases that some unit with cases joins, up to half of all cases.

    Parameters
    ----------
    total
        Cases per unit over the study period, at least one in each.
    near
        Units near each other, at least up to `max_radius_m`.
    max_radius_m
        Of the largest circle.
    """
    kept, alone = near.dist_m <= max_radius_m, np.arange(len(total))
    centre, unit = np.r_[alone, near.unit[kept]], np.r_[alone, near.other[kept]]
    radius = np.r_[np.full(len(total), ALONE), near.dist_m[kept]]
    order = np.lexsort((unit, radius, centre))
    centre, unit, radius = centre[order], unit[order], radius[order]
    stop = np.flatnonzero(np.r_[(centre[1:] != centre[:-1]) | (radius[1:] != radius[:-1]), True][: len(centre)]) + 1
    begin = np.r_[0, stop][: len(stop)]
    centre, radius = centre[begin], radius[begin]
    first = np.asarray(np.searchsorted(centre, centre))
    summed = np.r_[0, np.cumsum(total[unit])]
    size = summed[stop] - summed[begin[first]]
    ring, rings = _rings(centre, first, stop, unit)
    fit = np.flatnonzero((size >= FEWEST) & (2 * size <= total.sum()))
    fit = fit[np.argsort(size[fit], kind="stable")]
    return Circles(centre[fit], radius[fit], begin[first[fit]], stop[fit], size[fit], ring[fit], unit, rings)


def _rings(centre: Ints, first: Ints, stop: Ints, unit: Ints) -> tuple[Ints, Rings]:
    """Return the rings from those in order of centre and radius, and where each of these is among them."""
    level = np.arange(len(centre)) - first
    order = np.lexsort((centre, -np.bincount(centre)[centre], level))
    ring = np.empty(len(order), np.int64)
    ring[order] = np.arange(len(order))
    joins = np.repeat(ring, np.diff(stop, prepend=0))
    joining = sparse.csr_array(
        (np.ones(len(unit), np.int32), (joins, unit)), shape=(len(ring), int(centre.max(initial=-1)) + 1)
    )
    return ring, Rings(joining, np.bincount(level))


def cases_in(circles: Circles, by_unit: Ints) -> Ints:
    """Return cases per circle and column, from cases per unit and column."""
    found, inner = np.asarray(circles.rings.joining @ by_unit), 0
    for before, now in pairwise(circles.rings.levels):
        found[inner + before : inner + before + now] += found[inner : inner + now]
        inner += before
    counts: Ints = found[circles.ring]
    return counts
