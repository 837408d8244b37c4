"""How many displaced persons are present for each resident."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._decay import Z90
from layers._layer import (
    NO_DATA,
    NOT_ASSESSED,
    OK,
    STALE,
    Contribution,
    Inputs,
    Layer,
    Parameter,
    Params,
    RiskFactor,
    Values,
)
from layers._panel import Floats, Ints, Panel, Stocks
from layers._settle import settled


class Rounds(NamedTuple):
    """What the rounds reported for the units, one entry per unit and round, oldest first within a unit.

    Of two rounds of one day the one that counted more persons is later: a site assessment counts a part of what the
    baseline of the same day counts. `entry` points, for each figure of the stocks, to its round.
    """

    unit: Ints
    day: NDArray[np.datetime64]
    persons: Floats
    low: Floats
    high: Floats
    n: Ints
    entry: Ints


def rounds(stocks: Stocks) -> Rounds:
    """Return the figures of each round added up by unit.

    A figure reported for an area that reaches beyond the unit counts with its share, and has a band: as if all its
    persons were in one place, inside the unit with that share for a chance. The figures of one area (by reason of
    displacement) stand or fall together, so their standard deviations add up. The band is cut at the figures wholly
    inside the unit and at all figures in full.
    """
    keys, key = np.unique(stocks.round_key.astype(str), return_inverse=True)
    pairs, first, entry = np.unique(stocks.unit * max(len(keys), 1) + key, return_index=True, return_inverse=True)
    day = stocks.day.astype("datetime64[D]")[first]
    np.maximum.at(day, entry, stocks.day.astype("datetime64[D]"))

    same_always = np.lexsort((stocks.share, stocks.persons))

    def total(each: Floats) -> Floats:
        return np.bincount(entry[same_always], each[same_always], len(pairs)).astype(np.float64, copy=False)

    persons = total(stocks.persons * stocks.share)
    half = Z90 * total(stocks.persons * np.sqrt(stocks.share * (1 - stocks.share)))
    low = np.maximum(persons - half, total(np.where(stocks.share == 1, stocks.persons, 0)))
    high = np.minimum(persons + half, total(stocks.persons))
    order = np.lexsort((key[first], persons, day, stocks.unit[first]))
    place = np.empty(len(pairs), np.int64)
    place[order] = np.arange(len(pairs))
    n = np.bincount(entry, minlength=len(pairs))
    return Rounds(
        stocks.unit[first][order], day[order], persons[order], low[order], high[order], n[order], place[entry]
    )


def newest(of: Rounds, panel: Panel) -> Ints:
    """Return, for each unit and month, the position of the newest round on or before the month's last day, or -1."""
    month = of.day.astype("datetime64[M]").astype(np.int64) - panel.periods[:1].astype(np.int64)
    at = np.flatnonzero(month < len(panel.periods))
    position = np.full(panel.shape, -1, np.int64)
    np.maximum.at(position, (of.unit[at], np.maximum(month[at], 0)), at)
    return np.maximum.accumulate(position, axis=1)


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return displaced persons per resident, with both numbers and the age of the round."""
    of = rounds(panel.stocks)
    at = newest(of, panel)
    day = np.append(of.day, np.datetime64("NaT"))[at].astype("datetime64[M]")
    age = np.where(at < 0, np.nan, (panel.periods - day).astype(float))
    host = np.where(panel.persons > 0, panel.persons, np.nan)[:, None]
    components: dict[str, Callable[[], Floats]] = {
        "displaced persons": partial(_of_round, of.persons, at),
        "host residents": partial(np.tile, host, panel.shape[1]),
        "months since the round": age.copy,
    }
    value, low, high = (_of_round(persons, at) / host for persons in (of.persons, of.low, of.high))
    n = np.append(of.n, 0)[at]
    return settled(_status(panel, at, age, params["max_age_months"]), (value, low, high), n, components)


def _of_round(number: Floats, at: Ints) -> Floats:
    """Return each unit's and month's number from its round; NaN where it has none (position -1)."""
    return np.append(number, np.nan)[at]


def _status(panel: Panel, at: Ints, age: Floats, max_age_months: float) -> NDArray[np.uint8]:
    spoken = np.logical_or.accumulate(panel.covered["displacement"], axis=1)
    never = np.where(spoken, NOT_ASSESSED, NO_DATA)
    reported = np.where(panel.persons > 0, OK, NO_DATA)[:, None]
    status = np.where(at < 0, never, reported)
    return np.where((status == OK) & (age > max_age_months), STALE, status).astype(np.uint8)


def explain(panel: Panel, _params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the figures of the round behind one value; they sum to it. Empty where there is no value."""
    of = rounds(panel.stocks)
    at = newest(of, panel)[unit, period]
    if at < 0 or not panel.persons[unit] > 0:
        return []
    rows = [_row(panel, int(figure), panel.persons[unit]) for figure in np.flatnonzero(of.entry == at)]
    return sorted(rows, key=lambda row: (-row.contribution, row.record_id))


def _row(panel: Panel, figure: int, residents: float) -> Contribution:
    stocks = panel.stocks
    share, weight = float(stocks.share[figure]), float(stocks.persons[figure] / residents)
    record, day, source = str(stocks.id[figure]), str(stocks.day[figure]), str(stocks.source[figure])
    return Contribution("displacement", record, day, source, share, weight, share * weight)


LAYER = Layer(
    id="displacement_pressure",
    title="Displacement pressure",
    unit_of_value="displaced persons per resident",
    shows=(
        "How many displaced persons are present for each resident, by the newest round of assessment on or before the "
        "last day of the month. It is a stock: who is there, not who arrived."
    ),
    shows_not=(
        "It does not say why people fled, from where, or whether they can return. Operations and kinds of assessment "
        "overlap in whom they count, so they are never added: each unit shows its newest round alone, and a jump may "
        "come from another operation having reported last. A unit of several districts counts only the districts that "
        "its newest round reported."
    ),
    formula=(
        "value(u, t) = sum over the figures of the newest round of persons x share(u) / residents(u); of two rounds of "
        "one day, the one that counted more. Low and high are the value where figures lie wholly inside the unit; "
        "where a figure is shared out, value -/+ 1.6449 x sum of persons x sqrt(share x (1 - share)), cut at the "
        "figures wholly inside and at all figures in full"
    ),
    empty=(
        "0: a round went there and found nobody. Not assessed: displacement is tracked in the country and no round has "
        "reported the unit yet. No data: before the first round of the country, or the residents are unknown. Stale: "
        "the newest round is older than max_age_months; its value is kept."
    ),
    reference=(
        "IOM, DTM Methodological Framework for quantifying displacement and mobility, 2nd edition (mobility tracking: "
        "stocks by round); Guiding Principles on Internal Displacement, E/CN.4/1998/53/Add.2"
    ),
    parameters=(
        Parameter("max_age_months", 6, "months", 1, 36, "age of the newest round above which a value is stale"),
    ),
    risk_factors=(
        RiskFactor(1, "measured", "displacement that goes with armed conflict or other instability"),
        RiskFactor(7, "proxy", "presence of people who were forced to move"),
        RiskFactor(11, "proxy", "scale of displacement, consistent with widespread violence against civilians"),
    ),
    families=("displacement", "population"),
    breaks=(0.02, 0.1, 0.25, 0.5, 1),
    compute=compute,
    explain=explain,
    palette="Purples",
)
