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
from scipy import sparse

from layers._decay import Parts, decayed_sum
from layers._panel import Bools, Floats, Ints, Texts

DRAWS = 99
FIFTH, LAST_FIFTH = 4, DRAWS - 5
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
PLACE, DEATHS = np.uint64(0), np.uint64(0xD1B54A32D192ED03)  # streams of numbers that have nothing in common

Hashes = NDArray[np.uint64]


class Deaths(NamedTuple):
    """Deaths of records: the least, the likeliest and the most, one of each per record."""

    low: Floats
    best: Floats
    high: Floats


class Drawn(NamedTuple):
    """The uncertain records in one month.

    `units` are places of units in the panel, the same in every month; `arrived` the positions in `units` of those that
    a record came to in this month; `total` is units x draws: decayed sums of uncertain records alone, changed in place
    from month to month.
    """

    units: Ints
    arrived: Ints
    total: Floats


class Sum(NamedTuple):
    """A decayed sum that is to be drawn.

    `of` are parts of all units a record may lie in; `weight` is what a whole record counts on its first day and
    `ids` is its id, one per record of the panel; `shape` is units x months. Where `deaths` are given they are drawn
    and stand in for the weight.
    """

    of: Parts
    weight: Floats
    ids: Texts
    half_life_months: float
    shape: tuple[int, int]
    deaths: Deaths | None = None


def uniform(ids: Texts, stream: np.uint64) -> Floats:
    """Return numbers from 0 to below 1, ids x draws; each depends on its id, its draw and the stream alone."""
    draw = (np.arange(DRAWS, dtype=np.uint64) + np.uint64(1)) * GOLDEN
    mixed = _mixed(_mixed(_hashed(ids) ^ stream)[:, None] + draw[None, :])
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def _hashed(ids: Texts) -> Hashes:
    """Return FNV-1a of each id's characters."""
    found = np.full(len(ids), 0xCBF29CE484222325, np.uint64)
    if not len(ids):
        return found
    codes = ids.astype(str).view(np.uint32).reshape(len(ids), -1).astype(np.uint64)
    for column in codes.T:
        found = np.where(column == 0, found, (found ^ column) * np.uint64(0x100000001B3))
    return found


def _mixed(state: Hashes) -> Hashes:
    """Return the finishing steps of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


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


def draws_by_month(what: Sum) -> Iterator[Drawn]:
    """Yield the uncertain records of each month, in order of months."""
    of, keep = what.of, float(2.0 ** (-1.0 / what.half_life_months))
    start = _starts(of)
    at = np.flatnonzero(uncertain(of, what.deaths))
    at = at[np.argsort(of.period[at], kind="stable")]
    units, row = np.unique(of.unit[at], return_inverse=True)
    edges = np.searchsorted(of.period[at], np.arange(what.shape[1] + 1))
    total = np.zeros((len(units), DRAWS))
    for first, last in pairwise(edges):
        total *= keep
        rows = row[first:last]
        if len(rows):
            joined = sparse.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), (len(units), len(rows)))
            total += np.asarray(joined @ _landed(what, at[first:last], start))
        yield Drawn(units, np.unique(rows), total)


def _landed(what: Sum, parts: Ints, start: Floats) -> Floats:
    """Return parts x draws: what each part counts where its record lies in its unit, else 0."""
    of = what.of
    records, which = np.unique(of.record[parts], return_inverse=True)
    place = uniform(what.ids[records], PLACE)[which]
    first = start[parts][:, None]
    whole = (of.share[parts] / of.chance[parts])[:, None]
    amount = what.weight[records][:, None]
    if what.deaths is not None:
        amount = triangular(what.deaths, records, uniform(what.ids[records], DEATHS))
    there = (place >= first) & (place < first + of.chance[parts][:, None])
    return np.asarray(there * whole * (amount[which] if len(amount) else amount))


def _starts(of: Parts) -> Floats:
    """Return, for each part, the sum of the chances of its record in the units before its own."""
    pairs = np.flatnonzero(of.rank == 0)
    order = pairs[np.lexsort((of.unit[pairs], of.record[pairs]))]
    before = np.cumsum(of.chance[order]) - of.chance[order]
    record = of.record[order]
    new = np.r_[True, record[1:] != record[:-1]][: len(order)]
    before -= np.maximum.accumulate(np.where(new, before, 0))
    start = np.zeros(len(of.record))
    start[order] = before
    pair = np.maximum.accumulate(np.where(of.rank == 0, np.arange(len(start)), 0))
    return np.asarray(start[pair])


def ends(draws: Floats) -> tuple[Floats, Floats]:
    """Return the 5th smallest and the 5th largest of the draws, which lie along the last axis."""
    ordered = np.partition(draws, (FIFTH, LAST_FIFTH), axis=-1)
    return ordered[..., FIFTH], ordered[..., LAST_FIFTH]


def band(value: Floats, what: Sum) -> tuple[Floats, Floats]:
    """Return the 90 % band of a decayed sum, low and high, each units x months; it always holds the value.

    In months without a new record all draws shrink alike, and so do their ends: only where one came are they sought.
    """
    low = certain_sum(what)
    high = low.copy()
    keep, now = float(2.0 ** (-1.0 / what.half_life_months)), np.zeros((2, 0))
    for month, drawn in enumerate(draws_by_month(what)):
        now = now * keep if month else np.zeros((2, len(drawn.units)))
        now[:, drawn.arrived] = ends(drawn.total[drawn.arrived])
        low[drawn.units, month] += now[0]
        high[drawn.units, month] += now[1]
    return np.minimum(low, value), np.maximum(high, value)


def chance_above(threshold: float, what: Sum) -> Floats:
    """Return the part of the draws in which a decayed sum is above a threshold, units x months."""
    sure = certain_sum(what)
    chance = (sure > threshold).astype(np.float64)
    for month, drawn in enumerate(draws_by_month(what)):
        above = drawn.total > (threshold - sure[drawn.units, month])[:, None]
        chance[drawn.units, month] = above.mean(axis=1)
    return chance


def _some(of: Parts, at: Ints) -> Parts:
    return Parts(of.record[at], of.unit[at], of.period[at], of.share[at], of.rank[at], of.chance[at])
