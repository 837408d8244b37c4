"""The prospective space-time scan statistic: where the last months held more than place and time alone explain.

A cylinder is a circle of units and the last 1 to max_months months. With C cases in all, C_z in the circle over the
whole study period and C_t everywhere in the window, E = C_z x C_t / C cases are expected in it if place and time had
nothing to do with each other, and for c > E cases found its log likelihood ratio is

    LLR = c ln(c / E) + (C - c) ln((C - c) / (C - E))

The statistic is the largest LLR of all cylinders. Its distribution under the null is found by giving the cases'
months to the cases anew, at random: each place keeps its cases and each month its number.

Kulldorff 2001, doi:10.1111/1467-985X.00186; Kulldorff et al. 2005, doi:10.1371/journal.pmed.0020059.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from layers._panel import Bools, Floats, Ints, Near

FEWEST = 2
ALONE = -1.0
CELLS = 2**21
SAME = 1e-9


class Circles(NamedTuple):
    """Circles in order of `size`, the cases in each over the study period, columns of equal length but `unit`.

    A circle is its centre and the units no further from it than `radius_m` (`ALONE`: the centre without those that
    touch it). `unit[start:stop]` are those of them that have cases.
    """

    centre: Ints
    radius_m: Floats
    start: Ints
    stop: Ints
    size: Ints
    unit: Ints


class Cluster(NamedTuple):
    """A cylinder: its units and the last `months` months, with the cases in it, and its chance under the null."""

    units: Ints
    centre: int
    radius_m: float
    months: int
    observed: int
    expected: float
    llr: float
    p: float


def scan(
    cases: Ints, near: Near, max_radius_m: float, max_months: int, replicates: int, seed: int | tuple[int, ...]
) -> list[Cluster]:
    """Return the clusters of the last month, the strongest first, no case in two of them.

    Parameters
    ----------
    cases
        Whole numbers, units x months of the study period; the last month is the one scanned for.
    near
        Units near each other, at least up to `max_radius_m`.
    max_radius_m, max_months
        Largest circle and longest window. Circles also end where they would hold more than half of all cases.
    replicates
        Random permutations of the cases' months; p is (1 + those whose statistic is as large) / (1 + replicates).
    seed
        Of the permutations.

    Returns
    -------
    list of Cluster
        Cylinders with at least two cases and more than expected, each compared with the largest of every
        permutation. Empty where there are none.
    """
    have = np.flatnonzero(cases.any(axis=1))
    last = cases[have, ::-1][:, :max_months]
    total, recent = cases[have].sum(axis=1), np.cumsum(last.sum(axis=0))
    circles = circles_of(total, _among(near, have), max_radius_m)
    if not len(circles.centre):
        return []
    found = _counts(circles, np.cumsum(last, axis=1))
    expected = circles.size[:, None] * recent / total.sum()
    ratio = llr(found, circles.size[:, None], recent, int(total.sum()))
    highest = np.sort(maxima(circles, total, recent, replicates, np.random.default_rng(seed)))
    clusters = []
    for at in _apart(circles, ratio):
        window = int(ratio[at].argmax())
        as_large = len(highest) - np.searchsorted(highest, ratio[at, window] - SAME)
        centre, radius = int(have[circles.centre[at]]), float(circles.radius_m[at])
        clusters.append(
            Cluster(
                units=_members(near, centre, radius),
                centre=centre,
                radius_m=max(radius, 0.0),
                months=window + 1,
                observed=int(found[at, window]),
                expected=float(expected[at, window]),
                llr=float(ratio[at, window]),
                p=float((1 + as_large) / (1 + len(highest))),
            )
        )
    return clusters


def llr(found: Ints, size: Ints, recent: Ints, total: int) -> Floats:
    """Return log likelihood ratios; 0 where no more was found than expected, or fewer than two cases.

    Parameters
    ----------
    found
        Cases in the cylinder.
    size
        Cases in its circle over the study period, at most half of `total`.
    recent
        Cases everywhere in its window.
    total
        Cases everywhere over the study period.
    """
    c, expected = found.astype(float), size * recent / total
    more = (c > expected) & (found >= FEWEST)
    outside, unexpected = total - c, total - expected
    ratio = c * np.log(np.where(more, c / np.where(expected > 0, expected, 1), 1))
    ratio += outside * np.log(np.where(more, outside / np.where(unexpected > 0, unexpected, 1), 1))
    return np.where(more, ratio, 0.0)


def circles_of(total: Ints, near: Near, max_radius_m: float) -> Circles:
    """Return every circle round a unit with cases that some unit with cases joins, up to half of all cases.

    Parameters
    ----------
    total
        Cases per unit over the study period.
    near
        As for `scan`.
    max_radius_m
        As for `scan`.
    """
    kept, alone = near.dist_m <= max_radius_m, np.arange(len(total))
    centre, unit = np.r_[alone, near.unit[kept]], np.r_[alone, near.other[kept]]
    radius = np.r_[np.full(len(total), ALONE), near.dist_m[kept]]
    order = np.lexsort((unit, radius, centre))
    centre, unit, radius = centre[order], unit[order], radius[order]
    last = np.flatnonzero(np.r_[(centre[1:] != centre[:-1]) | (radius[1:] != radius[:-1]), True][: len(centre)])
    start = np.searchsorted(centre, centre[last])
    summed = np.r_[0, np.cumsum(total[unit])]
    size = summed[last + 1] - summed[start]
    fit = np.flatnonzero((size >= FEWEST) & (2 * size <= total.sum()))
    fit = fit[np.argsort(size[fit], kind="stable")]
    return Circles(centre[last[fit]], radius[last[fit]], start[fit], last[fit] + 1, size[fit], unit)


def maxima(circles: Circles, total: Ints, recent: Ints, replicates: int, rng: np.random.Generator) -> Floats:
    """Return the largest LLR of each replicate, in which the cases' months are given to the cases anew.

    Parameters
    ----------
    circles
        Circles round the units.
    total
        Cases per unit over the study period.
    recent
        Cases everywhere in the last 1, 2, ... months.
    replicates
        How many.
    rng
        Where the chance comes from.
    """
    sizes, first = np.unique(circles.size, return_index=True)
    highest = [np.zeros(0)]
    for drawn in _drawn(circles, total, recent, replicates, rng):
        best = np.zeros(drawn.shape[2])
        for window in range(len(recent)):
            most = np.maximum.reduceat(_counts(circles, drawn[window]), first, axis=0)
            np.maximum(best, llr(most, sizes[:, None], recent[window], int(total.sum())).max(axis=0), out=best)
        highest.append(best)
    return np.concatenate(highest)


def _drawn(circles: Circles, total: Ints, recent: Ints, replicates: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Yield cases by window, unit and replicate, some replicates at a time so that they stay in the cache.

    The cases are laid out by unit and shuffled; the first of them get the last month, the next the month before.
    """
    owner = np.repeat(np.arange(len(total), dtype=np.int32), total)
    batch = max(1, CELLS // max(len(circles.unit), len(circles.centre), len(owner)))
    edges = np.r_[0, recent]
    for start in range(0, replicates, batch):
        size = min(batch, replicates - start)
        shuffled = rng.permuted(np.tile(owner, (size, 1)), axis=1)[:, : edges[-1]]
        place = shuffled * size + np.arange(size, dtype=np.int32)[:, None]
        drawn = [
            np.bincount(place[:, a:b].ravel(), minlength=len(total) * size).reshape(len(total), size)
            for a, b in pairwise(edges)
        ]
        yield np.cumsum(drawn, axis=0, dtype=np.int32)


def _counts(circles: Circles, by_unit: Ints) -> Ints:
    """Return cases per circle and column, from cases per unit and column."""
    summed = np.zeros((len(circles.unit) + 1, by_unit.shape[1]), by_unit.dtype)
    np.cumsum(by_unit[circles.unit], axis=0, out=summed[1:])
    counts: Ints = summed[circles.stop] - summed[circles.start]
    return counts


def _apart(circles: Circles, ratio: Floats) -> Iterator[int]:
    """Yield circles by their best LLR above 0, passing over those that share a unit with cases with an earlier one.

    Of equal ones the smaller circle comes first, then the one whose centre does.
    """
    best = ratio.max(axis=1)
    taken: Bools = np.zeros(int(circles.unit.max()) + 1, bool)
    for at in np.lexsort((circles.centre, circles.radius_m, circles.stop - circles.start, -best)):
        units = circles.unit[circles.start[at] : circles.stop[at]]
        if best[at] > 0 and not taken[units].any():
            taken[units] = True
            yield int(at)


def _among(near: Near, units: Ints) -> Near:
    """Return the pairs of some units, as positions among them."""
    place = np.full(int(max(near.unit.max(initial=-1), units.max(initial=-1))) + 1, -1)
    place[units] = np.arange(len(units))
    kept = (place[near.unit] >= 0) & (place[near.other] >= 0)
    return Near(place[near.unit[kept]], place[near.other[kept]], near.dist_m[kept])


def _members(near: Near, centre: int, radius_m: float) -> Ints:
    here = slice(*np.searchsorted(near.unit, (centre, centre + 1)))
    return np.sort(np.r_[centre, near.other[here][near.dist_m[here] <= radius_m]])
