"""Where to look first: a composite of four layers on a scale of 0 to 10, with its weights in the open.

Scores are scaled, and scores that speak of one thing averaged, by INFORM's formulas. INFORM then takes the geometric
mean of its dimensions, so that a high one does not make up for a low one. Here the value stays the weighted arithmetic
mean, and the geometric mean of violence and people stands beside it as a component:

- INFORM's dimensions are means of a dozen indicators and never 0. Here 0 is common, and often says that nobody counted:
  where violence drove everyone out and no round of assessment could go, the geometric mean would be 0, an all-clear.
- A sum opens into its parts, score x weight each; of a product no part belongs to one factor.
- A weight that a user sets is then what it seems to be: how many points of one score a point of another is worth.

`site_threat` is left out on purpose. Its values are suppressed in the public file where a unit holds few sites, and
a public composite minus its public parts would give them away.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from layers._composite import Component, arithmetic_mean, geometric_mean, score, scored
from layers._composite_draws import Components, band, chance_above, mean_scores
from layers._layer import NO_DATA, OK, STALE, Contribution, Inputs, Layer, Parameter, Params, Ranks, RiskFactor, Values
from layers._panel import Floats, Panel
from layers._ranks import drawn_once, ranked, setting
from layers._settle import settled

WEIGHT_DRAWS = (0.5, 1.5)
HALVINGS = (-1.0, 1.0)


class Ingredient(NamedTuple):
    """One layer of the composite, and when it scores 10.

    `size` gives, per unit, what its value is divided by, so that large and small units compare. The score is 10
    from `most` upwards (unit `unit`, for `reason`); a user may set it between `least` and `ceiling`.
    """

    size: Callable[[Panel], Floats]
    most: float
    least: float
    ceiling: float
    unit: str
    reason: str


INGREDIENTS = {
    "incident_intensity": Ingredient(
        lambda panel: panel.area_km2 / 1000,
        20,
        0.1,
        1000,
        "incidents per 1,000 km2",
        "the most that a cell of 0.5 degrees reached in Sudan from 1989 to 2023 was 20.6",
    ),
    "civilian_harm": Ingredient(
        lambda panel: panel.persons / 100_000,
        500,
        1,
        100_000,
        "deaths of civilians per 100,000 residents",
        "in their worst month from 1989 to 2023, 1 % of Sudan's districts passed 630 and 1 % of its cells 440",
    ),
    "displacement_pressure": Ingredient(
        lambda panel: np.ones(len(panel.ids)),
        1,
        0.01,
        10,
        "displaced persons per resident",
        "as many displaced persons as residents; 5 % of Sudan's districts had 0.97 or more in December 2023",
    ),
    "population_exposure": Ingredient(
        lambda panel: panel.persons, 1, 0.01, 1, "share of residents", "every resident lives near an incident"
    ),
}


DIMENSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "violence": ("incident_intensity", "civilian_harm"),
        "people": ("displacement_pressure", "population_exposure"),
    }
)
"""The components that speak of one thing, as INFORM's of one dimension."""
GEOMETRIC = "geometric mean of violence and people"


def compute(panel: Panel, params: Params, inputs: Inputs) -> Values:
    """Return the weighted mean of the scores of the components that have one; the components are the scores."""
    components = _components(panel, params, inputs)
    status = _status(components)
    value = _value(components, status)
    n = np.zeros(panel.shape, np.int64)
    for one in components.values():
        n += one.used
    return settled(status, (value, *band(components, panel.ids, value)), n, _told(components, panel.shape))


def chance(panel: Panel, params: Params, inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the value is above a threshold; NaN where there is no value."""
    components = _components(panel, params, inputs)
    return chance_above(threshold, components, panel.ids, _value(components, _status(components)))


def _components(panel: Panel, params: Params, inputs: Inputs) -> dict[str, Component]:
    _check_weights(params)
    return {name: _component(panel, params, inputs[name], name) for name in INGREDIENTS}


def _check_weights(params: Params) -> None:
    if not any(params[f"weight_{name}"] for name in INGREDIENTS):
        raise UsageError("All weights of layer 'priority' are 0; set at least one of them above 0.")


def _component(panel: Panel, params: Params, values: Values, name: str) -> Component:
    """Return a component; it is used where it has a weight, a value, and a unit of known size."""
    size, weight = INGREDIENTS[name].size(panel), params[f"weight_{name}"]
    used = (size > 0)[:, None] & ~np.isnan(values.value) & (weight > 0)
    return Component(values, used, weight, size, params[f"most_{name}"])


def _value(components: Components, status: NDArray[np.uint8]) -> Floats:
    value = arithmetic_mean(components.values(), status.shape)
    value[status == NO_DATA] = np.nan
    return value


def _status(components: Components) -> NDArray[np.uint8]:
    """Return STALE where a component that is used is stale, NO_DATA where incidents or all components are missing."""
    stale = np.any([(one.values.status == STALE) & one.used for one in components.values()], axis=0)
    unused = ~np.any([one.used for one in components.values()], axis=0)
    missing = np.isnan(components["incident_intensity"].values.value) | unused
    return np.where(missing, NO_DATA, np.where(stale, STALE, OK)).astype(np.uint8)


def _told(components: Components, shape: tuple[int, int]) -> dict[str, Callable[[], Floats]]:
    """Return how to compute each score, the mean of each dimension, and the geometric mean of the two."""
    dimensions = {part: [components[name] for name in names] for part, names in DIMENSIONS.items()}

    def geometric() -> Floats:
        weighed = (
            (arithmetic_mean(some, shape), np.sum([one.used * one.weight for one in some], axis=0))
            for some in dimensions.values()
        )
        return geometric_mean(weighed, shape)

    scores = {name: partial(scored, one) for name, one in components.items()}
    means = {part: partial(arithmetic_mean, some, shape) for part, some in dimensions.items()}
    return {**scores, **means, GEOMETRIC: geometric}


def explain(panel: Panel, params: Params, inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return one row per component that is used: its part of the weights times its score; they sum to the value."""
    _check_weights(params)
    if np.isnan(inputs["incident_intensity"].value[unit, period]):
        return []
    scores = {
        name: score(inputs[name].value[[unit], period, None], one.size(panel)[[unit]], params[f"most_{name}"])[0, 0]
        for name, one in INGREDIENTS.items()
    }
    weights = {name: params[f"weight_{name}"] for name, scored in scores.items() if not np.isnan(scored)}
    shares = {name: weight / sum(weights.values()) for name, weight in weights.items() if weight > 0}
    day = f"{panel.periods[period]}-01"
    return [
        Contribution("layer_values", name, day, "forewatch", share, float(scores[name]), share * float(scores[name]))
        for name, share in shares.items()
    ]


def ranks(panel: Panel, params: Params, inputs: Inputs, period: int) -> Ranks:
    """Return the ranks of all units in one month and their band over draws of weights, half-life, places and figures.

    One draw has the same weights and half-life, and a record the same place, in all components.
    """
    components = _components(panel, params, {name: _month(inputs[name], period) for name in INGREDIENTS})
    value = _value(components, _status(components))[:, 0]
    changed = 2.0 ** setting("half_life", *HALVINGS)
    drawn = {name: drawn_once(name, one.values, panel.ids, period, changed) for name, one in components.items()}
    weights = {name: one.weight * setting(name, *WEIGHT_DRAWS) for name, one in components.items()}
    draws = mean_scores(components, drawn, np.arange(len(panel.ids)), 0, weights)
    draws[np.isnan(value)] = np.nan
    return ranked(value, draws)


def _month(values: Values, period: int) -> Values:
    """Return one month of a layer, units x 1; what it is drawn from stays whole."""
    only = slice(period, period + 1)
    value, low, high = (matrix[:, only] for matrix in (values.value, values.low, values.high))
    return Values(value, low, high, values.n[:, only], values.status[:, only], drawn=values.drawn)


def _parameters() -> tuple[Parameter, ...]:
    weights = [
        Parameter(f"weight_{name}", 0.25, "1", 0, 1, f"weight of {name}; weights of missing layers go to the others")
        for name in INGREDIENTS
    ]
    bounds = [
        Parameter(
            f"most_{name}", one.most, one.unit, one.least, one.ceiling, f"{name} scores 10 from here: {one.reason}"
        )
        for name, one in INGREDIENTS.items()
    ]
    return (*weights, *bounds)


LAYER = Layer(
    id="priority",
    title="Priority",
    unit_of_value="score 0-10",
    shows=(
        "Where several signs come together: incidents for the area, deaths of civilians for the residents, displaced "
        "persons for the residents, and residents near an incident, each scored from 0 to 10 with fixed bounds, then "
        "averaged with the weights on screen. Scores of different months and countries compare."
    ),
    shows_not=(
        "It is a starting point for a discussion, not a probability, a forecast or a finding. Other weights give other "
        "ranks. A component without data is left out and the others carry its weight, so compare n before comparing "
        "units; rates of units with few residents jump with a single incident. A unit that ranks high by incidents "
        "that may lie elsewhere is in the top ten in few draws. Threat to protected sites is not in it."
    ),
    formula=(
        "value = sum of weight x score / sum of weight over the components with a score; score = "
        "10 x log(1 + x) / log(1 + most), cut at 10, with x = 0 scoring 0: INFORM's scaling with fixed bounds 0 and "
        "most, and its logarithm for skewed measures; beside it stand violence, the mean of the first two scores, "
        "people, that of the other two, and their geometric mean, violence^(w_v / w) x people^(w_p / w), as INFORM "
        "joins dimensions: low where only one of the two is high, and 0 where one is; low and high are the 90 % band "
        "of the mean over 99 draws, widened to hold it: a draw puts every uncertain incident into one unit, the same "
        "for incidents and deaths, draws its deaths, and takes displaced and exposed persons from triangular "
        "distributions about their values, one per unit for all months, of which 5 % lie beyond either end of their "
        "bands; where the means of the components' ends are less than 0.01 apart, they are the band; ranks are counted "
        "in the same draws with each weight times 0.5 to 1.5 and the half-life times 0.5 to 2, and the band of a rank "
        "holds 90 % of its draws; n is the number of components used"
    ),
    empty=(
        "0: every component used is 0. No data: no source of incidents covers the month. Stale: a component that is "
        "used is stale."
    ),
    reference=(
        "INFORM Index for Risk Management, concept and methodology, EUR 28655 EN, doi:10.2760/094023 (scaling to 0-10 "
        "with fixed bounds, logarithm of skewed measures, arithmetic mean of components, geometric mean of "
        "dimensions); OECD and JRC 2008, Handbook on Constructing Composite Indicators, doi:10.1787/9789264043466-en "
        "(weighted arithmetic mean, ranks over weights)"
    ),
    parameters=_parameters(),
    risk_factors=(
        RiskFactor(1, "measured", "armed conflict and displacement, scored together"),
        RiskFactor(11, "proxy", "gravity and spread of violence that kills or displaces civilians, scored together"),
    ),
    families=("incidents", "displacement", "population"),
    breaks=(1, 2, 4, 6, 8),
    compute=compute,
    explain=explain,
    palette="OrRd",
    inputs=tuple(INGREDIENTS),
    chance=chance,
    ranks=ranks,
    live=tuple(parameter.name for parameter in _parameters()),
)
