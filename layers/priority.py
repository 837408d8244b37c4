"""Where to look first: a composite of four layers on a scale of 0 to 10, with its weights in the open.

`site_threat` is left out on purpose. Its values are suppressed in the public file where a unit holds few sites, and
a public composite minus its public parts would give them away.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from layers._layer import NO_DATA, OK, STALE, Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Ints, Panel
from layers._settle import per, settled


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


def score(value: Floats, size: Floats, most: float) -> Floats:
    """Return 10 x log(1 + x) / log(1 + most), cut at 10, of x = value / size.

    Parameters
    ----------
    value
        Units x months, not negative; NaN stays NaN, and zeros cost no memory.
    size
        One per unit; where it is unknown or 0 the score is NaN.
    most
        The x, in its own unit, from which the score is 10; 0 scores 0.
    """
    scaled = per(value, size)
    some = scaled > 0
    np.log1p(scaled, out=scaled, where=some)
    np.multiply(scaled, 10 / np.log1p(most), out=scaled, where=some)
    np.minimum(scaled, 10, out=scaled, where=some)
    return scaled


def compute(panel: Panel, params: Params, inputs: Inputs) -> Values:
    """Return the weighted mean of the scores of the components that have one; the components are the scores."""
    _check_weights(params)
    used = {name: _used(panel, params, inputs, name) for name in INGREDIENTS}
    value = _mean(panel, params, used, {name: inputs[name].value for name in INGREDIENTS})
    low = _mean(panel, params, used, {name: inputs[name].low for name in INGREDIENTS})
    high = _mean(panel, params, used, {name: inputs[name].high for name in INGREDIENTS})
    n = sum((there.astype(np.int64) for there in used.values()), np.zeros(panel.shape, np.int64))
    components = {name: partial(_score, panel, params, name, inputs[name].value) for name in INGREDIENTS}
    return settled(_status(inputs, used, n), (value, low, high), n, components)


def _check_weights(params: Params) -> None:
    if not any(params[f"weight_{name}"] for name in INGREDIENTS):
        raise UsageError("All weights of layer 'priority' are 0; set at least one of them above 0.")


def _score(panel: Panel, params: Params, name: str, matrix: Floats) -> Floats:
    return score(matrix, INGREDIENTS[name].size(panel), params[f"most_{name}"])


def _used(panel: Panel, params: Params, inputs: Inputs, name: str) -> Bools:
    """Return where a component is used: it has a weight, a value, and a unit of known size."""
    known = INGREDIENTS[name].size(panel)[:, None] > 0
    return known & ~np.isnan(inputs[name].value) & (params[f"weight_{name}"] > 0)


def _mean(panel: Panel, params: Params, used: Mapping[str, Bools], matrices: Mapping[str, Floats]) -> Floats:
    """Return the mean score of the components used, their weights made to sum to 1; NaN where none is used."""
    total, weights, mean = np.zeros(panel.shape), np.zeros(panel.shape), np.full(panel.shape, np.nan)
    for name, there in used.items():
        weight = params[f"weight_{name}"]
        np.add(total, weight * _score(panel, params, name, matrices[name]), out=total, where=there)
        np.add(weights, weight, out=weights, where=there)
    np.divide(total, weights, out=mean, where=weights > 0)
    return mean


def _status(inputs: Inputs, used: Mapping[str, Bools], n: Ints) -> NDArray[np.uint8]:
    """Return STALE where a component that is used is stale, NO_DATA where incidents or all components are missing."""
    stale = np.any([(inputs[name].status == STALE) & there for name, there in used.items()], axis=0)
    missing = np.isnan(inputs["incident_intensity"].value) | (n == 0)
    return np.where(missing, NO_DATA, np.where(stale, STALE, OK)).astype(np.uint8)


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
        "units; rates of units with few residents jump with a single incident. Threat to protected sites is not in it."
    ),
    formula=(
        "value = sum of weight x score / sum of weight over the components with a score; score = "
        "10 x log(1 + x) / log(1 + most), cut at 10, with x = 0 scoring 0; low and high are the same mean of the "
        "components' low and high; n is the number of components used"
    ),
    empty=(
        "0: every component used is 0. No data: no source of incidents covers the month. Stale: a component that is "
        "used is stale."
    ),
    reference=(
        "INFORM Index for Risk Management, concept and methodology (scaling to 0-10 with fixed bounds, logarithm "
        "of skewed measures); OECD and JRC 2008, Handbook on Constructing Composite Indicators, "
        "doi:10.1787/9789264043466-en (weighted arithmetic mean)"
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
)
