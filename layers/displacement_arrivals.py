"""How many displaced persons more, or fewer, a day are present than at the round before."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._figures import figure_ends
from layers._layer import NOT_ASSESSED, Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Ints, Panel, Stocks
from layers._rounds import MAX_AGE, Newest, Rounds, age_months, assessed, bearing, newest, of_round, rounds
from layers._settle import settled

DAY = np.timedelta64(1, "D")


class Counts(NamedTuple):
    """What each round found of each area in each unit, oldest first within a unit and area.

    `entry` points to the round, `before` to the count of the same area in the newest round of an earlier day of the
    same operation and assessment (-1 where there is none), and `days` are those between the two (NaN where there is
    none). `persons` are those expected in the unit and `most` all of the area; `n` counts figures, and `figure` is one
    of them. `group` points, for each figure, to its count.
    """

    entry: Ints
    before: Ints
    days: Floats
    persons: Floats
    most: Floats
    n: Ints
    figure: Ints
    group: Ints


class Change(NamedTuple):
    """How each round differs from those before it, one entry per round in a unit; persons a day, but for `n`.

    `compared` tells whether any of its areas was counted before, not too long ago.
    """

    compared: Bools
    value: Floats
    low: Floats
    high: Floats
    n: Ints


def counts(stocks: Stocks, of: Rounds) -> Counts:
    """Return the figures of each round added up by unit and area, each beside the one before it."""
    names, series = np.unique(stocks.series.astype(str), return_inverse=True)
    key = of.entry * max(len(names), 1) + series
    groups, first, group = np.unique(key, return_index=True, return_inverse=True)
    day = stocks.day.astype("datetime64[D]")[first]
    np.maximum.at(day, group, stocks.day.astype("datetime64[D]"))
    order = np.lexsort((of.entry[first], day, series[first], stocks.unit[first]))
    place = np.empty(len(groups), np.int64)
    place[order] = np.arange(len(groups))
    before = _earlier(stocks.unit[first][order], series[first][order], day[order])
    days = np.where(before < 0, np.nan, (day[order] - day[order][before]) / DAY) if len(order) else np.zeros(0)
    added = _added(stocks, place[group], len(groups))
    return Counts(of.entry[first][order], before, days, *added, figure=first[order], group=place[group])


def _earlier(unit: Ints, series: Ints, day: NDArray[np.datetime64]) -> Ints:
    """Return the position of the last count of an earlier day, -1 where there is none; counts come in this order."""
    same = (unit[1:] == unit[:-1]) & (series[1:] == series[:-1])
    position = np.arange(len(unit))
    starts = np.maximum.accumulate(np.where(np.r_[True, ~same][: len(unit)], position, 0))
    new_day = np.r_[True, ~same | (day[1:] != day[:-1])][: len(unit)]
    before = np.maximum.accumulate(np.where(new_day, position, 0)) - 1
    return np.where(before < starts, -1, before)


def _added(stocks: Stocks, group: Ints, n: int) -> tuple[Floats, Floats, Ints]:
    """Return persons and most of each count, and its number of figures; the same in any order."""
    order = np.lexsort((stocks.share, stocks.persons))
    share, persons = stocks.share[order], stocks.persons[order]
    expected, most = (np.bincount(group[order], each, n).astype(np.float64) for each in (persons * share, persons))
    return expected, most, np.bincount(group, minlength=n)


def change(of: Counts, stocks: Stocks, n_rounds: int, max_gap_days: float) -> Change:
    """Return how each round differs from those before it, added up over the areas that can be compared.

    A draw puts an area's people into the unit in both rounds or in none, so that what is drawn is the change.
    """
    at = np.flatnonzero(of.days <= max_gap_days)
    entry, before, days = of.entry[at], of.before[at], of.days[at]
    value = np.bincount(entry, (of.persons[at] - of.persons[before]) / days, n_rounds).astype(np.float64, copy=False)
    areas = {name: column[of.figure[at]] for name, column in vars(stocks).items()}
    areas |= {"persons": (of.most[at] - of.most[before]) / days, "share": _share(of, at, before)}
    low, high = figure_ends(Stocks(**areas), entry, n_rounds)
    n = np.bincount(entry, of.n[at] + of.n[before], n_rounds).astype(np.int64)
    compared = np.bincount(entry, minlength=n_rounds) > 0
    return Change(compared, value, np.minimum(low, value), np.maximum(high, value), n)


def _share(of: Counts, at: Ints, before: Ints) -> Floats:
    """Return what part of each area's people is in the unit, by the round that counted any; 1 where none did."""
    told = np.where(of.most[at] > 0, at, before)
    return np.divide(of.persons[told], of.most[told], out=np.ones(len(at)), where=of.most[told] > 0)


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the change of persons present per day, with both numbers and the days between and since."""
    of = rounds(panel.stocks)
    by_area, last = counts(panel.stocks, of), newest(of, panel)
    found = change(by_area, panel.stocks, len(of.unit), params["max_gap_days"])
    status = assessed(panel, last, age_months(of, last, panel), params["max_age_months"])
    alone = (last.at >= 0) & ~np.append(found.compared, False)[last.at]
    status[last.units] = np.where(alone, np.uint8(NOT_ASSESSED), status[last.units])
    band = (of_round(found.value, last), of_round(found.low, last), of_round(found.high, last))
    components = _components(panel, of, by_area, last, params["max_gap_days"])
    return settled(status, band, bearing(found.n, last), components)


def _components(
    panel: Panel, of: Rounds, by_area: Counts, last: Newest, max_gap_days: float
) -> dict[str, Callable[[], Floats]]:
    """Return how to compute each component; of areas last counted on different days, the days are the longest."""
    compared = np.flatnonzero(by_area.days <= max_gap_days)
    entry, before = by_area.entry[compared], by_area.before[compared]
    now, then = np.zeros(len(of.unit)), np.zeros(len(of.unit))
    np.add.at(now, entry, by_area.persons[compared])
    np.add.at(then, entry, by_area.persons[before])
    days = np.zeros(len(of.unit))
    np.maximum.at(days, entry, by_area.days[compared])
    last_day = ((panel.periods + 1).astype("datetime64[D]") - DAY).astype(float)
    return {
        "persons now": partial(of_round, now, last),
        "persons before": partial(of_round, then, last),
        "persons in areas not compared": partial(of_round, of.persons - now, last),
        "days between the rounds": partial(of_round, days, last),
        "days since the newest round": lambda: last_day - of_round(of.day.astype(float), last),
    }


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the figures of both rounds behind one value, those of before negative; they sum to it."""
    of = rounds(panel.stocks)
    by_area, at = counts(panel.stocks, of), newest(of, panel).of(unit, period)
    shown = np.flatnonzero((by_area.entry == at) & (by_area.days <= params["max_gap_days"]))
    rows = [
        _row(panel.stocks, int(figure), sign / by_area.days[count])
        for count in shown
        for sign, group in ((1, count), (-1, by_area.before[count]))
        for figure in np.flatnonzero(by_area.group == group)
    ]
    return sorted(rows, key=lambda row: (-abs(row.contribution), row.record_id))


def _row(stocks: Stocks, figure: int, per_day: float) -> Contribution:
    share, weight = float(stocks.share[figure]), float(stocks.persons[figure] * per_day)
    record, day, source = str(stocks.id[figure]), str(stocks.day[figure]), str(stocks.source[figure])
    return Contribution("displacement", record, day, source, share, weight, share * weight)


LAYER = Layer(
    id="displacement_arrivals",
    title="Displaced persons arriving",
    unit_of_value="persons a day, net",
    shows=(
        "How many displaced persons more are present than at the round of assessment before, for each day between the "
        "two: above zero more came than left, below zero more left or were no longer counted. It is the change that "
        "led to the number shown by displacement pressure."
    ),
    shows_not=(
        "It is a difference of two counts, so it hides who came and left between them, and a better count looks like "
        "an arrival. Births, returns and people no longer counted as displaced are not told apart. It is an average "
        "over the days between the rounds, not the movement of the month. Only areas that both rounds list are "
        "compared, and never two operations or two kinds of assessment, which overlap in whom they count."
    ),
    formula=(
        "value(u, t) = sum over the areas a in the newest round r on or before the last day of the month of "
        "(persons(a, r) x share(a, u) - persons(a, b) x share(a, u)) / days(b, r), where b is the newest round of an "
        "earlier day of the same operation and assessment that lists a, no more than max_gap_days before; of two "
        "rounds of one day, the one that counted more. Low and high are the value where areas lie wholly inside the "
        "unit; where an area is shared out over units, the 90 % band of place: in each of 99 draws all its people are "
        "in u in both rounds, with its share for a chance, or none of them in either, and the 5th smallest and 5th "
        "largest sum are the ends, widened to hold the value; n counts the figures of both rounds"
    ),
    empty=(
        "0: two rounds found as many. Not assessed: no round has reported the unit yet, its newest round is the first "
        "of its operation and kind of assessment to do so, or the round before is more than max_gap_days older. An "
        "area that a round does not list is unknown, not zero: it is passed over in that round, and compared with the "
        "last round that listed it. No data: before the first round of the country. Stale: the newest round is older "
        "than max_age_months; its value is kept."
    ),
    reference=(
        "IOM, DTM Methodological Framework for quantifying displacement and mobility, 2nd edition (mobility tracking: "
        "stocks by round); Expert Group on Refugee and IDP Statistics 2020, International Recommendations on IDP "
        "Statistics, background to E/CN.3/2020/18 (stocks and flows)"
    ),
    parameters=(
        Parameter(
            "max_gap_days",
            190,
            "days",
            30,
            800,
            "most days between two rounds that are compared: rounds are often half a year, 184 days, apart",
        ),
        MAX_AGE,
    ),
    risk_factors=(
        RiskFactor(1, "measured", "displacement that goes with armed conflict or other instability, as it happens"),
        RiskFactor(7, "proxy", "arrival of people who were forced to move"),
        RiskFactor(8, "proxy", "a sudden arrival of many is consistent with a sudden start of hostilities elsewhere"),
        RiskFactor(11, "proxy", "pace of displacement, consistent with widespread violence against civilians"),
    ),
    families=("displacement",),
    breaks=(-100, -10, -1, 1, 10, 100, 1000),
    compute=compute,
    explain=explain,
    palette="PuOr",
)
