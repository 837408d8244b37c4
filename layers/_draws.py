"""Uncertain records drawn: where each may lie and how many died, many times over; summed first, summarised last.

A record whose place is coarser than a unit lies in one of several; a draw puts it, whole, into one of them, by its
shares. Deaths come from the triangular distribution between the provider's low and high with its best as the mode.
Numbers are a function of the record's id and the number of the draw alone: neither the order of records nor which
others there are changes a draw, and two layers that draw one record put it in the same place.

With 99 draws the 5th smallest and the 5th largest bound a band that holds a further draw, such as the truth, in
exactly 90 of 100 cases (the ranks of exchangeable numbers are uniform); nothing is assumed of the shape of the sum.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._decay import Parts, decayed_sum, keep_of
from layers._hash import GOLDEN, Hashes, hashed, mixed
from layers._panel import Bools, Floats, Ints, Texts
from layers._since import Came

DRAWS = 99
AT_ONCE = 20_000  # records worked on: x 99 draws they take 16 MB a matrix, also where all are of one month
FIFTH, LAST_FIFTH = 4, DRAWS - 5
PLACE, DEATHS = np.uint64(0), np.uint64(0xD1B54A32D192ED03)  # streams of numbers that have nothing in common

Singles = NDArray[np.float32]


class Deaths(NamedTuple):
    """Deaths of records: the least, the likeliest and the most, one of each per record."""

    low: Floats
    best: Floats
    high: Floats


class Drawn(NamedTuple):
    """The uncertain records in one month.

    `units` are places of units in the panel, the same in every month; `arrived` the positions in `units` of those that
    a record came to in this month, and `landed` what came to each, arrived x draws; `total` is units x draws: decayed
    sums of uncertain records alone, changed in place from month to month.
    """

    units: Ints
    arrived: Ints
    landed: Floats
    total: Floats


class Sum(NamedTuple):
    """A decayed sum that is to be drawn.

    `of` are parts of all units a record may lie in, one per record, unit and month; `weight` is what a whole record
    counts on its first day and `ids` is its id, one per record of the panel; `shape` is units x months. Where
    `deaths` are given they are drawn and stand in for the weight. A record whose chances sum to less than 1 lies in
    none of the units in the other draws.
    """

    of: Parts
    weight: Floats
    ids: Texts
    half_life_months: float
    shape: tuple[int, int]
    deaths: Deaths | None = None


def uniform(ids: Texts, stream: np.uint64) -> Floats:
    """Return numbers from 0 to below 1, ids x draws; each depends on its id, its draw and the stream alone.

    They are multiples of 2^-32, so that a number of record is added to one without rounding.
    """
    return _uniform(hashed(ids), stream)


def _uniform(hashes: Hashes, stream: np.uint64) -> Floats:
    draw = (np.arange(DRAWS, dtype=np.uint64) + np.uint64(1)) * GOLDEN
    bits = mixed(mixed(hashes ^ stream)[:, None] + draw[None, :])
    bits >>= np.uint64(32)
    return np.asarray(bits * 2.0**-32)


def triangular(deaths: Deaths, at: Ints, chance: Floats) -> Floats:
    """Return deaths of some records at given chances (records x draws): the triangular distribution, inverted."""
    low, best, high = (column[at][:, None] for column in deaths)
    width = np.where(high > low, high - low, 1.0)
    mode = (best - low) / width
    rising = low + np.sqrt(chance * width * (best - low))
    falling = high - np.sqrt((1 - chance) * width * (high - best))
    return np.where(high > low, np.where(chance < mode, rising, falling), best)


def uncertain(of: Parts, deaths: Deaths | None) -> Bools:
    """Return which parts are of a record that may lie elsewhere, or whose deaths are not known for certain."""
    elsewhere = of.chance < 1
    return elsewhere if deaths is None else elsewhere | (deaths.high > deaths.low)[of.record]


def certain_sum(what: Sum) -> Floats:
    """Return the decayed sum of the records that are certain, units x months."""
    sure = _some(what.of, np.flatnonzero(~uncertain(what.of, what.deaths)))
    return decayed_sum(sure, what.weight, what.half_life_months, what.shape)


class _Arrivals(NamedTuple):
    """Parts of uncertain records in order of month, record and unit; each lies in its unit from `start` to `end`.

    `row` points into `units`, `whole` is what a part counts where its record lies in the unit, and the parts of a
    month stand between two `edges`; `hashes` are of all records of the panel, 0 of those that are certain.
    """

    units: Ints
    edges: Ints
    hashes: Hashes
    record: Ints
    row: Ints
    start: Floats
    end: Floats
    whole: Floats


def _arrivals(what: Sum, among: Ints | None = None) -> _Arrivals:
    of, start, (n_units, n_months) = what.of, _starts(what.of, what.shape[0]), what.shape
    at = np.flatnonzero(uncertain(of, what.deaths))
    if among is not None:
        at = at[_flags(among, n_units)[of.unit[at]]]
    at = at[np.argsort((of.period[at] * len(what.ids) + of.record[at]) * n_units + of.unit[at])]
    record, here = of.record[at], _flags(of.unit[at], n_units)
    row = np.cumsum(here)[of.unit[at]] - 1
    some, hashes = np.flatnonzero(_flags(record, len(what.ids))), np.zeros(len(what.ids), np.uint64)
    hashes[some] = hashed(what.ids[some])
    edges = np.searchsorted(of.period[at], np.arange(n_months + 1))
    chance, start = of.chance[at], start[at]
    return _Arrivals(np.flatnonzero(here), edges, hashes, record, row, start, start + chance, of.share[at] / chance)


def _flags(places: Ints, size: int) -> Bools:
    """Return which of so many places are among some; sorting them takes ten times as long."""
    found = np.zeros(size, bool)
    found[places] = True
    return found


def draws_by_month(what: Sum, among: Ints | None = None) -> Iterator[Drawn]:
    """Yield the uncertain records of each month, in order of months; of some units alone where these are given."""
    keep, (units, months) = keep_of(what.half_life_months), landings(what, among)
    total = np.zeros((len(units), DRAWS))
    for rows, landed in months:
        total *= keep
        total[rows] += landed
        yield Drawn(units, rows, landed, total)


def landings(what: Sum, among: Ints | None = None) -> tuple[Ints, Iterator[Came]]:
    """Return the units with uncertain records, and what comes to them in each month, as positions among them.

    Of some units alone where these are given.
    """
    of = _arrivals(what, among)
    return of.units, (_landed(what, of, slice(*edges)) for edges in pairwise(of.edges))


def _landed(what: Sum, of: _Arrivals, month: slice) -> tuple[Ints, Floats]:
    """Return the rows that records of a month may have come to, and what came to each, rows x draws."""
    here, record = _flags(of.row[month], len(of.units)), of.record[month]
    rows, row = np.flatnonzero(here), (np.cumsum(here) - 1)[of.row[month]]
    new = np.r_[True, record[1:] != record[:-1]][: len(record)]
    edges, number = np.append(np.flatnonzero(new), len(record)), np.cumsum(new) - 1
    landed = np.zeros(len(rows) * DRAWS)
    for begin in range(0, len(edges) - 1, AT_ONCE):
        some = edges[begin : begin + AT_ONCE + 1]
        cut = slice(some[0], some[-1])
        records = record[some[:-1]]
        part = slice(month.start + cut.start, month.start + cut.stop)
        hit, counts = _hits(of, part, number[cut] - begin, _uniform(of.hashes[records], PLACE))
        cell = (row[cut] * DRAWS)[hit]
        cell += np.arange(DRAWS)
        counts *= _amount(what, of, records)
        landed += np.bincount(cell.ravel(), counts.ravel(), len(landed))
    return rows, landed.reshape(-1, DRAWS)


def _hits(of: _Arrivals, part: slice, number: Ints, place: Floats) -> tuple[Ints, Floats]:
    """Return, for records x draws, the part that each lies in and how much of the record it is; 0 where in none.

    `number` points from parts to the records.
    """
    each = np.arange(len(place))[:, None]
    hit = np.searchsorted(number + of.start[part], each + place, side="right") - 1
    end = number + of.end[part]
    counts = of.whole[part][hit]
    counts[(hit < 0) | (each + place >= end[hit]) | (number[hit] != each)] = 0
    return hit, counts


def _amount(what: Sum, of: _Arrivals, records: Ints) -> Floats:
    """Return what whole records count on their first day, records x 1 or, where deaths are drawn, x draws."""
    if what.deaths is None:
        return what.weight[records][:, None]
    return triangular(what.deaths, records, _uniform(of.hashes[records], DEATHS))


def _starts(of: Parts, n_units: int) -> Floats:
    """Return, for each part, the sum of the chances of its record in the units before its own."""
    pairs = np.flatnonzero(of.rank == 0)
    order = pairs[np.argsort(of.record[pairs] * n_units + of.unit[pairs])]
    before = np.cumsum(of.chance[order]) - of.chance[order]
    record = of.record[order]
    new = np.r_[True, record[1:] != record[:-1]][: len(order)]
    before -= np.maximum.accumulate(np.where(new, before, 0))
    start = np.zeros(len(of.record))
    start[order] = before
    pair = np.maximum.accumulate(np.where(of.rank == 0, np.arange(len(start)), 0))
    return np.asarray(start[pair])


def ends(draws: Floats | Singles) -> tuple[Floats, Floats]:
    """Return the 5th smallest and the 5th largest of the draws, which lie along the last axis."""
    ordered = np.sort(draws, axis=-1)  # 0.5 us for 99 numbers, where a partition at two places takes 1.9
    return ordered[..., FIFTH].astype(np.float64), ordered[..., LAST_FIFTH].astype(np.float64)


def _some(of: Parts, at: Ints) -> Parts:
    return Parts(of.record[at], of.unit[at], of.period[at], of.share[at], of.rank[at], of.chance[at])
