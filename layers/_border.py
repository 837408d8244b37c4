"""Sums over the units around a unit, weighted by distance: of other countries, or of its own."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from layers._decay import BLOCK, Parts, decayed_sum, keep_of
from layers._draws import DRAWS, Sum, draws_by_month, ends, uncertain
from layers._panel import Bools, Floats, Ints, Panel

AT_ONCE = 16  # months written to a matrix of units x months together: one at a time takes thrice as long


def weights(panel: Panel, wanted: Bools, reach_km: float, half_km: float) -> sparse.csr_array:
    """Return units x units: 1 for what touches, half of it every `half_km` further on, and nothing beyond the reach.

    `wanted` is one flag per pair of the panel's `near`.
    """
    near = panel.near
    at = np.flatnonzero(wanted & (near.dist_m <= 1000 * reach_km))
    weight = 2.0 ** (-near.dist_m[at] / (1000 * half_km))
    return sparse.csr_array((weight, (near.unit[at], near.other[at])), shape=(len(panel.ids),) * 2)


def seen(around: sparse.csr_array, covered: Bools) -> Bools:
    """Return units x months: whether a source covers the month for at least one of the units around."""
    kinds, kind = _kinds(covered)
    found = np.zeros(covered.shape, bool)
    for number, months in enumerate(kinds):
        found |= (around @ (kind == number).astype(float) > 0)[:, None] & months
    return found


def sum_around(around: sparse.csr_array, what: Sum, covered: Bools) -> Floats:
    """Return the decayed sum over the units around, units x months; of each only the months that are covered."""
    rows, found = _summed(around, what, covered)
    result = np.zeros(what.shape)  # units without anything around them are never written: they cost no memory
    result[rows] = found
    return result


def _summed(around: sparse.csr_array, what: Sum, covered: Bools) -> tuple[Ints, Floats]:
    """Return the units with anything around them, and the sum of it, these x months."""
    of = what.of
    first = np.flatnonzero(np.r_[True, of.unit[1:] != of.unit[:-1]][: len(of.unit)])  # parts come in order of unit
    units, place = of.unit[first], np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(of.unit)]))
    own = decayed_sum(of._replace(unit=place), what.weight, what.half_life_months, (len(units), what.shape[1]))
    beside, rows = _some(around, units)
    own *= covered[units]
    return rows, np.asarray(beside @ own)


def certain(what: Sum) -> Sum:
    """Return the sum of the records that are certain alone."""
    of, at = what.of, np.flatnonzero(~uncertain(what.of, what.deaths))
    sure = Parts(of.record[at], of.unit[at], of.period[at], of.share[at], of.rank[at], of.chance[at])
    return what._replace(of=sure)


class Around(NamedTuple):
    """The uncertain records around units in one month.

    `units` are those that may have any, the same in every month; `changed` the positions in `units` of those whose
    sums did more than decay in this month; `total` is changed units x draws.
    """

    units: Ints
    changed: Ints
    total: Floats


def draws_around(around: sparse.csr_array, what: Sum, covered: Bools) -> Iterator[Around]:
    """Yield the draws of the sum over the units around, of uncertain records alone, in order of months."""
    keep, steps = keep_of(what.half_life_months), draws_by_month(what, np.unique(around.indices))
    for month, drawn in enumerate(steps):
        there = covered[drawn.units, month]
        if month == 0:
            (beside, rows), before = _some(around, drawn.units), there
            toward, total, reckoned = sparse.csr_array(beside.T), np.zeros((len(rows), DRAWS)), np.zeros(len(rows), int)
        turned, came = there != before, there[drawn.arrived]
        if turned.any():
            turned[drawn.arrived] = True
            changed = np.flatnonzero(beside @ turned.astype(float))
            part = beside[changed]
            part.data = part.data * there[part.indices]
            now = part @ drawn.total
        else:
            changed, now = _added(toward, drawn.arrived[came], drawn.landed[came])
            now += total[changed] * (keep ** (month - reckoned[changed]))[:, None]
        total[changed], reckoned[changed], before = now, month, there
        yield Around(rows, changed, now)


def _added(toward: sparse.csr_array, units: Ints, landed: Floats) -> tuple[Ints, Floats]:
    """Return the rows around which something landed in some units, and what it adds to each, these x draws."""
    part = toward[units]
    there, place = np.zeros(toward.shape[1], bool), np.empty(toward.shape[1], np.int64)
    there[part.indices] = True
    rows = np.flatnonzero(there)
    place[rows] = np.arange(len(rows))
    beside = sparse.csc_array((part.data, place[part.indices], part.indptr), shape=(len(rows), len(units)))
    return rows, np.asarray(beside @ landed)


def band_around(value: Floats, around: sparse.csr_array, what: Sum, covered: Bools) -> tuple[Floats, Floats]:
    """Return the 90 % band of the sum over the units around, low and high, units x months; it holds the value."""
    sure, known = _summed(around, certain(what), covered)
    low, high = np.zeros(what.shape), np.zeros(what.shape)  # units without anything around them cost no memory
    low[sure], high[sure] = known, known
    del known
    keep, doubtful, held, block = keep_of(what.half_life_months), np.zeros(0, np.int64), np.zeros(0), []
    for month, drawn in enumerate(draws_around(around, what, covered)):
        held = keep * held if month else np.zeros((2, len(drawn.units)))  # where all draws decay, so do their ends
        held[:, drawn.changed] = ends(drawn.total)
        block.append(held)
        if len(block) == AT_ONCE or month + 1 == what.shape[1]:
            span, doubtful = slice(month + 1 - len(block), month + 1), drawn.units
            for end, matrix in enumerate((low, high)):
                matrix[drawn.units, span] += np.stack([each[end] for each in block], axis=1)
            block = []
    some = np.union1d(sure, doubtful)
    for start in range(0, len(some), BLOCK):
        rows = some[start : start + BLOCK]
        low[rows] = np.minimum(low[rows], value[rows])
        high[rows] = np.maximum(high[rows], value[rows])
    return low, high


def chance_around(threshold: float, around: sparse.csr_array, what: Sum, covered: Bools) -> Floats:
    """Return the part of the draws in which the sum over the units around is above a threshold, units x months."""
    sure = sum_around(around, certain(what), covered)
    chance, keep = (sure > threshold).astype(np.float64), keep_of(what.half_life_months)
    total = np.zeros((0, DRAWS))
    for month, drawn in enumerate(draws_around(around, what, covered)):
        total = keep * total if month else np.zeros((len(drawn.units), DRAWS))
        total[drawn.changed] = drawn.total
        chance[drawn.units, month] = (total > (threshold - sure[drawn.units, month])[:, None]).mean(axis=1)
    return chance


def count_around(around: sparse.csr_array, of: Parts, window_months: float, covered: Bools) -> Ints:
    """Return how many records may lie in the units around and have a month in the window, the month itself included.

    Units x months. A record counts once, in however many units it may lie; where they are of countries that are not
    covered in the same months, once for each of these.
    """
    records, record = np.unique(of.record, return_inverse=True)
    change = _change(record, of.period, window_months, (len(records), covered.shape[1]))
    kinds, kind = _kinds(covered)
    result = np.zeros(covered.shape, np.int64)
    for number, months in enumerate(kinds):
        here = np.flatnonzero(kind[of.unit] == number)
        units, place = np.unique(of.unit[here], return_inverse=True)
        lies = sparse.csr_array((np.ones(len(here)), (place, record[here])), shape=(len(units), len(records)))
        beside, rows = _some(around, units)
        for start in range(0, len(rows), BLOCK):
            near = beside[start : start + BLOCK] @ lies
            near.data = np.ones_like(near.data)
            count = np.cumsum((near @ change).toarray(), axis=1)[:, :-1]
            result[rows[start : start + BLOCK]] += np.rint(count).astype(np.int64) * months
    return result


def _change(record: Ints, period: Ints, window_months: float, shape: tuple[int, int]) -> sparse.csr_array:
    """Return records x months and one: 1 where a record comes into the window, -1 where it leaves it.

    The months of a record follow each other, and are the same in all units it may lie in.
    """
    first, last = np.full(shape[0], shape[1]), np.zeros(shape[0], np.int64)
    np.minimum.at(first, record, period)
    np.maximum.at(last, record, period)
    gone = np.minimum(last + int(np.ceil(window_months)), shape[1])
    rows, sign = np.tile(np.arange(shape[0]), 2), np.repeat([1.0, -1.0], shape[0])
    return sparse.csr_array((sign, (rows, np.r_[first, gone])), shape=(shape[0], shape[1] + 1))


def _kinds(covered: Bools) -> tuple[Bools, Ints]:
    """Return the different rows of what is covered, kinds x months, and the number of each unit's."""
    packed = np.packbits(covered, axis=1)
    numbers: dict[bytes, int] = {}  # sorting them takes 40 times as long, as most are alike
    kind = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in packed], np.int64)
    first = np.unique(kind, return_index=True)[1]
    return covered[first], kind


def _some(around: sparse.csr_array, units: Ints) -> tuple[sparse.csr_array, Ints]:
    """Return what is around units among some of them, for those that have any, and which these are."""
    beside = sparse.csr_array(around[:, units])
    rows = np.flatnonzero(np.diff(beside.indptr))
    return beside[rows], rows
