"""How many civilians were killed lately: deaths of civilians on record, each losing half its weight in a half-life."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from layers._band import band, chance_above
from layers._decay import HALF_LIFE, KINDS, contributions, count_bearing, counted, decayed_sum, parts
from layers._draws import Sum
from layers._harm import deaths
from layers._layer import Contribution, Inputs, Layer, Params, RiskFactor, Values
from layers._panel import Floats, Panel
from layers._settle import covered_status, per, settled

PER_RESIDENTS = "per 100,000 residents"
NO_FIGURE = "incidents without a figure"


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the decayed deaths, their parts by kind (they sum to it), the rate, and the incidents without a figure."""
    half_life, shape, what = params["half_life_months"], panel.shape, _asked(panel, params)
    of, best = what.of, what.weight
    value = decayed_sum(of, best, half_life, shape)
    low, high = band(value, what)
    components: dict[str, Callable[[], Floats]] = {
        kind: partial(decayed_sum, of, np.where(panel.incidents.kind == kind, best, 0.0), half_life, shape)
        for kind in KINDS
    }
    components[PER_RESIDENTS] = partial(per, value, panel.persons / 100_000)
    components[NO_FIGURE] = partial(_without_figure, panel, half_life)
    n = count_bearing(parts(panel.shares, best[panel.shares.record] > 0), half_life, shape)
    values = settled(covered_status(panel.covered["incidents"]), (value, low, high), n, components)
    return replace(values, drawn=what)


def _asked(panel: Panel, params: Params) -> Sum:
    killed = deaths(panel.incidents)
    of = parts(panel.shares, killed.high[panel.shares.record] > 0)
    return Sum(of, killed.best, panel.incidents.id, params["half_life_months"], panel.shape, killed)


def chance(panel: Panel, params: Params, _inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the value is above a threshold; NaN where there is no value."""
    found = chance_above(threshold, _asked(panel, params))
    return np.where(panel.covered["incidents"], found, np.nan)


def _without_figure(panel: Panel, half_life_months: float) -> Floats:
    silent = counted(panel.incidents) & np.isnan(panel.incidents.deaths_civilians)
    of = parts(panel.shares, silent[panel.shares.record])
    return count_bearing(of, half_life_months, panel.shape).astype(float)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents with deaths behind one value; they sum to it. Empty where there is no value."""
    if not panel.covered["incidents"][unit, period]:
        return []
    return contributions(panel, panel.shares, deaths(panel.incidents).best, params["half_life_months"], (unit, period))


LAYER = Layer(
    id="civilian_harm",
    title="Civilian harm",
    unit_of_value="deaths of civilians",
    shows=(
        "Deaths of civilians on record in and around this time: a death of this month counts 1, one of half a year "
        "ago 1/2, one of a year ago 1/4. Deaths of an incident that may lie in several units count in each with the "
        "chance that it lies there."
    ),
    shows_not=(
        "Deaths that nobody reported, the wounded, the abducted and those who died of hunger or disease are not in "
        "it. It does not say who is responsible, and is consistent with unlawful killing as well as with deaths in "
        "crossfire. An incident without a figure counts 0, and the number of such incidents stands beside the value."
    ),
    formula=(
        "value(u, t) = sum over incidents i and months t' <= t of "
        "share(i, u, t') x deaths_civilians(i) x 2^(-(t - t') / half_life_months); low and high are the 90 % band of "
        "place and deaths: in each of 99 draws every incident that may lie in several units is put, whole, into one of "
        "them by its shares, its deaths are drawn from the triangular distribution between the fewest and the most on "
        "record with deaths_civilians as its mode, the draw is summed, and the 5th smallest and 5th largest sum are "
        "the ends, widened to hold the value; where the most lies further from the value than the fewest, so do most "
        "draws, and the value may be the lower end of its band; the days of an incident are shared out over its months "
        "in every draw alike; n counts the incidents with deaths of the last two half-lives"
    ),
    empty=(
        "0: the sources cover the month and no death of a civilian is on record. No data: no source of incidents "
        "covers the month."
    ),
    reference=(
        "Sundberg and Melander 2013, doi:10.1177/0022343313484347 (deaths and their bounds); Bowers, Johnson and Pease "
        "2004, doi:10.1093/bjc/azh036 (decay by recency)"
    ),
    parameters=(HALF_LIFE,),
    risk_factors=(
        RiskFactor(2, "measured", "killings of civilians on record, part of a record of serious violations"),
        RiskFactor(11, "measured", "gravity and repetition of violence that kills civilians"),
        RiskFactor(13, "proxy", "civilians killed in hostilities, consistent with threats to those protected"),
    ),
    families=("incidents",),
    breaks=(0.5, 5, 25, 100, 500),
    compute=compute,
    explain=explain,
    palette="YlOrRd",
    live=("half_life_months",),
    chance=chance,
)
