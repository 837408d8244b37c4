"""How many displaced persons are present for each resident."""

from collections.abc import Callable
from functools import partial

import numpy as np

from layers._layer import NO_DATA, Contribution, Inputs, Layer, Params, RiskFactor, Values
from layers._panel import Floats, Panel
from layers._rounds import MAX_AGE, age_months, assessed, bearing, everywhere, newest, of_round, round_ends, rounds
from layers._settle import settled


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return displaced persons per resident, with both numbers and the age of the round."""
    of = rounds(panel.stocks)
    last, residents = newest(of, panel), np.where(panel.persons > 0, panel.persons, np.nan)
    age = age_months(of, last, panel)
    components: dict[str, Callable[[], Floats]] = {
        "displaced persons": partial(of_round, of.persons, last),
        "host residents": partial(np.tile, residents[:, None], panel.shape[1]),
        "months since the round": partial(everywhere, age, last),
    }
    value, low, high = (
        of_round(persons / residents[of.unit], last) for persons in (of.persons, *round_ends(panel.stocks, of))
    )
    status = assessed(panel, last, age, params["max_age_months"])
    status[last.units] = np.where(
        (last.at >= 0) & np.isnan(residents[last.units])[:, None], np.uint8(NO_DATA), status[last.units]
    )
    return settled(status, (value, low, high), bearing(of.n, last), components)


def explain(panel: Panel, _params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the figures of the round behind one value; they sum to it. Empty where there is no value."""
    of = rounds(panel.stocks)
    at = newest(of, panel).of(unit, period)
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
        "where a figure is shared out over units, the 90 % band of place: in each of 99 draws all its people are in "
        "u, with its share for a chance, or none of them, and the 5th smallest and 5th largest sum are the ends, "
        "widened to hold the value; the figures of one area, by reason of displacement, are drawn together; n counts "
        "the figures of the round"
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
    parameters=(MAX_AGE,),
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
