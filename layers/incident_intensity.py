"""How much organised violence a unit has seen lately: incidents, each losing half its weight in a half-life."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from layers._band import band, chance_above
from layers._decay import HALF_LIFE, KINDS, contributions, count_bearing, counted, decayed_sum, parts
from layers._draws import Sum
from layers._layer import Contribution, Inputs, Layer, Params, RiskFactor, Values
from layers._panel import Floats, Panel
from layers._settle import covered_status, per, settled

PER_AREA = "per 1,000 km2"


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the decayed number of incidents, its parts by kind (they sum to it) and the number per 1,000 km2."""
    half_life, what = params["half_life_months"], _asked(panel, params)
    of = what.of
    value = decayed_sum(of, what.weight, half_life, panel.shape)
    low, high = band(value, what)
    components: dict[str, Callable[[], Floats]] = {
        kind: partial(decayed_sum, of, (panel.incidents.kind == kind).astype(float), half_life, panel.shape)
        for kind in KINDS
    }
    components[PER_AREA] = partial(per, value, panel.area_km2 / 1000)
    n = count_bearing(of, half_life, panel.shape)
    values = settled(covered_status(panel.covered["incidents"]), (value, low, high), n, components)
    return replace(values, drawn=what)


def _asked(panel: Panel, params: Params) -> Sum:
    of = parts(panel.shares, counted(panel.incidents)[panel.shares.record])
    return Sum(of, np.ones(len(panel.incidents.id)), panel.incidents.id, params["half_life_months"], panel.shape)


def chance(panel: Panel, params: Params, _inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the value is above a threshold; NaN where there is no value."""
    found = chance_above(threshold, _asked(panel, params))
    return np.where(panel.covered["incidents"], found, np.nan)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents behind one value; they sum to it. Empty where there is no value."""
    if not panel.covered["incidents"][unit, period]:
        return []
    weight = counted(panel.incidents).astype(float)
    return contributions(panel, panel.shares, weight, params["half_life_months"], (unit, period))


LAYER = Layer(
    id="incident_intensity",
    title="Incident intensity",
    unit_of_value="incidents",
    shows=(
        "Organised violence on record in and around this time: the number of incidents, where one of this month "
        "counts 1, one of half a year ago 1/2 and one of a year ago 1/4. An incident that may lie in several units "
        "counts in each with its chance of lying there."
    ),
    shows_not=(
        "It is a count of records, not of all violence: where reporters cannot go, little is recorded. It does not "
        "weigh how many died, does not say who is responsible, and does not look ahead. In the first two years of a "
        "source the value rises because nothing older is known."
    ),
    formula=(
        "value(u, t) = sum over incidents i and months t' <= t of share(i, u, t') x 2^(-(t - t') / half_life_months); "
        "low and high are the 90 % band of place: in each of 99 draws every incident that may lie in several units is "
        "put, whole, into one of them by its shares, the draw is summed, and the 5th smallest and 5th largest sum are "
        "the ends, widened to hold the value; the days of an incident are shared out over its months in every draw "
        "alike, so the band does not speak of them; n counts the incidents of the last two half-lives"
    ),
    empty=(
        "0: the sources cover the month and no incident is on record. No data: no source of incidents covers the month."
    ),
    reference=(
        "Bowers, Johnson and Pease 2004, doi:10.1093/bjc/azh036 (decay by recency); Sundberg and Melander 2013, "
        "doi:10.1177/0022343313484347 (incidents); Croicu and Hegre 2018, A Fast Spatial Multiple Imputation Procedure "
        "for Imprecise Armed Conflict Events (uncertain places)"
    ),
    parameters=(HALF_LIFE,),
    risk_factors=(
        RiskFactor(
            1, "measured", "armed conflict: where incidents of organised violence are on record, and how recent"
        ),
        RiskFactor(8, "proxy", "a sudden rise is consistent with a sudden start of hostilities"),
        RiskFactor(11, "proxy", "repetition and spread of one-sided violence, seen in the component of that name"),
    ),
    families=("incidents",),
    breaks=(0.1, 1, 3, 10, 30),
    compute=compute,
    explain=explain,
    palette="OrRd",
    live=("half_life_months",),
    chance=chance,
)
