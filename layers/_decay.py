"""Decayed sums over shares: their value, what they are made of, and how many records bear on them.

value(u, t) = sum over parts (record r, unit u, month t' <= t) of share x weight_r x 2^(-(t - t') / half_life_months)

It is computed as V(t) = keep x V(t - 1) + S(t), with keep = 2^(-1 / half_life_months) and S(t) the sum of
share x weight of the month. Shares are multiples of 2^-26, so S is exact in any order of the records.

A record lies in a unit with chance p, the sum of its shares there over all months; where it does, its months are the
fixed parts share / p of it: so a record spread over several months is one piece, not several independent ones.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from layers._layer import Contribution, Parameter
from layers._panel import Bools, Floats, Incidents, Ints, Panel, Shares

KINDS = ("state_based", "non_state", "one_sided")
Z90 = 1.6449
BLOCK = 1024
HALF_LIFE = Parameter(
    "half_life_months", 6, "months", 1, 60, "months in which an incident loses half its weight in the sum"
)


class Parts(NamedTuple):
    """Parts of records in order of unit, record and month, columns of equal length.

    `rank` counts a record's parts in one unit from 0; `chance` is their sum, the same for each of them.
    """

    record: Ints
    unit: Ints
    period: Ints
    share: Floats
    rank: Ints
    chance: Floats


def counted(incidents: Incidents) -> Bools:
    """Return which incidents are counted: the three kinds of organised violence, as one provider reports them.

    Other providers of incidents, and those of attacks on health care, education or aid, report some of the same
    events: they would be counted twice.
    """
    first: Bools = incidents.provider_rank == 0
    return violent(incidents) & first


def violent(incidents: Incidents) -> Bools:
    """Return which incidents are organised violence, of the provider that is counted or of another."""
    return np.asarray(np.isin(incidents.kind.astype(str), KINDS))


def parts(shares: Shares, wanted: Bools) -> Parts:
    """Return the wanted shares (one flag per share) in order, each knowing the others of its record and unit."""
    at = np.flatnonzero(wanted)
    record, unit, period = shares.record[at], shares.unit[at], shares.period[at]
    pair = unit * (record.max(initial=0) + 1) + record
    key = pair * (period.max(initial=0) + 1) + period
    order = np.argsort(key)
    if (key[order][1:] == key[order][:-1]).any():  # else the shares need no order, in a quarter of the time
        order = np.lexsort((shares.share[at], key))
    pair, share = pair[order], shares.share[at][order]
    first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]][: len(pair)])
    length = np.diff(np.r_[first, len(pair)])
    rank = np.arange(len(pair)) - np.repeat(first, length)
    chance = np.repeat(np.add.reduceat(share, first), length)
    return Parts(record[order], unit[order], period[order], share, rank, chance)


def decayed_sum(of: Parts, weight: Floats, half_life_months: float, shape: tuple[int, int]) -> Floats:
    """Return the decayed sum, units x months.

    Parameters
    ----------
    of
        Parts of the records.
    weight
        One per record, what a whole record counts on its first day; finite and not negative.
    half_life_months
        Months in which a record loses half its weight.
    shape
        Units x months.
    """
    keep, amount = keep_of(half_life_months), of.share * weight[of.record]
    result = np.zeros(shape)
    for units, at, cell in _blocks(of, shape[1]):
        result[units] = _recursion(cell, amount[at], keep, (len(units), shape[1]))
    return result


def count(of: Parts, window_months: float, shape: tuple[int, int]) -> Ints:
    """Return how many records have a part in the unit in the window, the month itself included; units x months."""
    end = of.period + int(np.ceil(window_months))
    same = of.rank[1:] > 0
    end[:-1][same] = np.minimum(end[:-1][same], of.period[1:][same])
    end = np.minimum(end, shape[1])
    result = np.zeros(shape, np.int64)
    for units, at, cell in _blocks(of, shape[1] + 1):
        size = len(units) * (shape[1] + 1)
        change = np.bincount(cell, minlength=size) - np.bincount(cell + (end - of.period)[at], minlength=size)
        result[units] = np.cumsum(change.reshape(len(units), -1), axis=1)[:, :-1]
    return result


def count_bearing(of: Parts, half_life_months: float, shape: tuple[int, int]) -> Ints:
    """Return `n`: the records that still count with more than a quarter of their weight; units x months.

    These are the records of the last two half-lives, at the default of 6 months those of the last 12 months. Older
    ones still add to the value, but a value that rests on them alone is a memory, and n = 0 says so.
    """
    return count(of, 2 * half_life_months, shape)


def contributions(
    panel: Panel, shares: Shares, weight: Floats, half_life_months: float, at: tuple[int, int]
) -> list[Contribution]:
    """Return the records of one decayed sum, the largest first.

    Parameters
    ----------
    panel
        Where the records are described.
    shares
        Parts of them; those of records of weight 0 are passed over.
    weight
        One per record, as for `decayed_sum`.
    half_life_months
        As for `decayed_sum`.
    at
        Unit and month of the value, as positions in the panel.

    Returns
    -------
    list of Contribution
        One per record: `share` is the sum of its shares in the unit up to the month, `weight` its weight after
        decay, averaged over these shares. Their contributions sum to the value. Empty where nothing bears on it.
    """
    unit, period = at
    here = np.flatnonzero((shares.unit == unit) & (shares.period <= period) & (weight[shares.record] > 0))
    records, which = np.unique(shares.record[here], return_inverse=True)
    decay = 2.0 ** (-(period - shares.period[here]) / half_life_months)
    share = np.bincount(which, shares.share[here], len(records))
    decayed = np.bincount(which, shares.share[here] * decay, len(records)) / share * weight[records]
    return _largest_first(
        incident_row(panel.incidents, r, s, w) for r, s, w in zip(records, share, decayed, strict=True)
    )


def incident_row(incidents: Incidents, record: int, share: float, weight: float) -> Contribution:
    """Return one incident's row: its part in the unit, what it counts there, and their product."""
    return Contribution(
        table="incidents",
        record_id=str(incidents.id[record]),
        date=str(incidents.date[record]),
        source=str(incidents.source[record]),
        share=float(share),
        weight=float(weight),
        contribution=float(share) * float(weight),
    )


def keep_of(half_life_months: float) -> float:
    """Return what is left of a weight of 1 after one month."""
    return float(2.0 ** (-1.0 / half_life_months))


def _blocks(of: Parts, months: int) -> Iterator[tuple[Ints, slice, Ints]]:
    """Yield some units at a time that have parts, which parts these are, and their cells in units x months.

    1,024 units x 420 months are 3.4 MB: temporary matrices stay in the cache. Units without a part are never
    written, so that they cost no memory.
    """
    first = np.flatnonzero(np.r_[True, of.unit[1:] != of.unit[:-1]][: len(of.unit)])
    edges = np.r_[first, len(of.unit)]
    for start in range(0, len(first), BLOCK):
        stop = min(start + BLOCK, len(first))
        at = slice(edges[start], edges[stop])
        units = of.unit[first[start:stop]]
        yield units, at, np.searchsorted(units, of.unit[at]) * months + of.period[at]


def _recursion(cell: Ints, amount: Floats, keep: float, shape: tuple[int, int]) -> Floats:
    """Return V(t) = keep x V(t - 1) + the sum of the month's amounts, units x months."""
    sums = np.bincount(cell, amount, shape[0] * shape[1]).astype(np.float64, copy=False).reshape(shape)
    for month in range(1, shape[1]):
        sums[:, month] += keep * sums[:, month - 1]
    return sums


def _largest_first(rows: Iterable[Contribution]) -> list[Contribution]:
    """Return rows by contribution, equal ones by record."""
    return sorted(rows, key=lambda row: (-row.contribution, row.record_id))
