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

from layers._circles import FEWEST, Circles, cases_in, circles_of
from layers._panel import Bools, Floats, Ints, Near

CELLS = 2**21
SAME = 1e-9


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
    found = cases_in(circles, np.cumsum(last, axis=1))
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
    batch = max(1, CELLS // max(circles.rings.joining.shape[0] * len(recent), int(total.sum())))
    for drawn in _drawn(total, recent, replicates, batch, rng):
        found = cases_in(circles, drawn.reshape(len(total), -1))
        most = np.empty((len(sizes), found.shape[1]), found.dtype)
        for row, (begin, end) in zip(most, pairwise([*first, len(found)]), strict=True):
            found[begin:end].max(axis=0, out=row)  # `reduceat` goes by column: a scan takes a seventh longer
        by_window = most.reshape(len(sizes), len(recent), -1)
        highest.append(llr(by_window, sizes[:, None, None], recent[:, None], int(total.sum())).max(axis=(0, 1)))
    return np.concatenate(highest)


def _drawn(total: Ints, recent: Ints, replicates: int, batch: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Yield cases by unit, window and replicate, some replicates at a time so that they stay in the cache.

    The cases are laid out by unit and shuffled; the first of them get the last month, the next the month before.
    """
    owner = np.repeat(np.arange(len(total)), total)
    month = np.repeat(np.arange(len(recent)), np.diff(recent, prepend=0))
    for start in range(0, replicates, batch):
        size = min(batch, replicates - start)
        shuffled = rng.permuted(np.tile(owner, (size, 1)), axis=1)[:, : len(month)]
        cell = (shuffled * len(recent) + month) * size + np.arange(size)[:, None]
        drawn = np.bincount(cell.ravel(), minlength=len(total) * len(recent) * size)
        yield np.cumsum(drawn.reshape(len(total), len(recent), size), axis=1, dtype=np.int32)


def _apart(circles: Circles, ratio: Floats) -> Iterator[int]:
    """Yield circles by their best LLR above 0, passing over those that share a unit with cases with an earlier one.

    Of equal ones the smaller circle comes first, then the one whose centre does.
    """
    best = ratio.max(axis=1)
    taken: Bools = np.zeros(circles.rings.joining.shape[1], bool)
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
