"""Rounds of assessment: what each found in each unit, which is the newest in a month, and how old it is by then."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._figures import figure_ends
from layers._layer import NO_DATA, NOT_ASSESSED, OK, STALE, Parameter
from layers._panel import Floats, Ints, Panel, Stocks

MAX_AGE = Parameter("max_age_months", 6, "months", 1, 36, "age of the newest round above which a value is stale")


class Rounds(NamedTuple):
    """What the rounds reported for the units, one entry per unit and round, oldest first within a unit.

    Of two rounds of one day the one that counted more persons is later: a site assessment counts a part of what the
    baseline of the same day counts. `entry` points, for each figure of the stocks, to its round.
    """

    unit: Ints
    day: NDArray[np.datetime64]
    persons: Floats
    n: Ints
    entry: Ints


def rounds(stocks: Stocks) -> Rounds:
    """Return the figures of each round added up by unit.

    A figure reported for an area that reaches beyond the unit counts with its share.
    """
    keys, key = np.unique(stocks.round_key.astype(str), return_inverse=True)
    pairs, first, entry = np.unique(stocks.unit * max(len(keys), 1) + key, return_index=True, return_inverse=True)
    day = stocks.day.astype("datetime64[D]")[first]
    np.maximum.at(day, entry, stocks.day.astype("datetime64[D]"))

    same_always = np.lexsort((stocks.share, stocks.persons))

    def total(each: Floats) -> Floats:
        return np.bincount(entry[same_always], each[same_always], len(pairs)).astype(np.float64, copy=False)

    persons = total(stocks.persons * stocks.share)
    order = np.lexsort((key[first], persons, day, stocks.unit[first]))
    place = np.empty(len(pairs), np.int64)
    place[order] = np.arange(len(pairs))
    n = np.bincount(entry, minlength=len(pairs))
    return Rounds(stocks.unit[first][order], day[order], persons[order], n[order], place[entry])


def round_ends(stocks: Stocks, of: Rounds) -> tuple[Floats, Floats]:
    """Return the 90 % band of the persons of each round, which always holds what is counted: see `figure_ends`."""
    low, high = figure_ends(stocks, of.entry, len(of.unit))
    return np.minimum(low, of.persons), np.maximum(high, of.persons)


class Newest(NamedTuple):
    """The newest round of each unit that has any, month by month.

    `units` are places in the panel; `at` points into the rounds, -1 where there is none yet; units x months.
    """

    units: Ints
    at: Ints
    shape: tuple[int, int]

    def of(self, unit: int, period: int) -> int:
        """Return the position of one unit's round in one month, -1 where it has none."""
        row = int(np.searchsorted(self.units, unit))
        return int(self.at[row, period]) if unit in self.units else -1


def newest(of: Rounds, panel: Panel) -> Newest:
    """Return the newest round on or before the last day of each month."""
    units, row = np.unique(of.unit, return_inverse=True)
    month = of.day.astype("datetime64[M]").astype(np.int64) - panel.periods[:1].astype(np.int64)
    known = np.flatnonzero(month < len(panel.periods))
    position = np.full((len(units), len(panel.periods)), -1, np.int64)
    np.maximum.at(position, (row[known], np.maximum(month[known], 0)), known)
    return Newest(units, np.maximum.accumulate(position, axis=1), panel.shape)


def of_round(number: Floats, of: Newest) -> Floats:
    """Return each unit's and month's number from its newest round, units x months; NaN where it has none."""
    return everywhere(np.append(number, np.nan)[of.at], of)


def everywhere(rows: Floats, of: Newest) -> Floats:
    """Return numbers of the units that have a round as units x months; NaN elsewhere."""
    found = np.full(of.shape, np.nan)
    found[of.units] = rows
    return found


def bearing(n: Ints, of: Newest) -> Ints:
    """Return each unit's and month's count from its newest round, units x months; 0 where it has none."""
    found = np.zeros(of.shape, np.int64)
    found[of.units] = np.append(n, 0)[of.at]
    return found


def age_months(of: Rounds, last: Newest, panel: Panel) -> Floats:
    """Return how many months old the newest round is, units that have one x months; NaN where there is none yet."""
    day = np.append(of.day, np.datetime64("NaT"))[last.at].astype("datetime64[M]")
    return np.where(last.at < 0, np.nan, (panel.periods - day).astype(float))


def assessed(panel: Panel, last: Newest, age: Floats, max_age_months: float) -> NDArray[np.uint8]:
    """Return the status by the newest round: OK, STALE where it is too old, and what is known of a unit without one.

    Where displacement is tracked in the country by then, a unit without a round is NOT_ASSESSED; before, NO_DATA.
    """
    spoken = np.logical_or.accumulate(panel.covered["displacement"], axis=1)
    status = np.where(spoken, np.uint8(NOT_ASSESSED), np.uint8(NO_DATA))
    reported = np.where(age > max_age_months, np.uint8(STALE), np.uint8(OK))
    status[last.units] = np.where(last.at < 0, status[last.units], reported)
    return status
