"""How a hot spot came to be and where it is heading: 17 patterns of the Gi* of the last quarters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from layers._layer import (
    NO_CATEGORY,
    NO_DATA,
    OK,
    Category,
    Contribution,
    Inputs,
    Layer,
    Parameter,
    Params,
    RiskFactor,
    Values,
)
from layers._panel import Floats, Panel
from layers._patterns import Series, patterns
from layers._settle import settled
from layers._surroundings import records_around

INTENSITY, SPOTS = "incident_intensity", "hot_spots"
STEP_MONTHS = 3
LEAST_STEPS = 10
BLOCK = 1024


def compute(_panel: Panel, params: Params, inputs: Inputs) -> Values:
    """Return the number of the pattern of each unit and month; its band is itself, as a kind has no band."""
    spots = inputs[SPOTS]
    value, status = np.zeros(spots.value.shape), np.full(spots.value.shape, NO_DATA, np.uint8)
    for rows, found in _found(params, spots):
        value[rows] = found.pattern
        status[rows][np.isfinite(spots.value[rows]) & (found.steps >= LEAST_STEPS)] = OK
    category = _category(value, status)
    values = settled(status, (value, value.copy(), value.copy()), spots.n.copy(), _components(params, spots))
    return replace(values, category=category)


def _found(params: Params, spots: Values) -> Iterator[tuple[slice, Series]]:
    """Yield the patterns of some units at a time: those of the world with all they rest on would take 1.3 GB."""
    kind = np.full(spots.value.shape, NO_CATEGORY, np.uint8) if spots.category is None else spots.category
    window, alpha = int(params["window_months"]) // STEP_MONTHS, params["trend_percent"] / 100
    for first in range(0, len(kind), BLOCK):
        rows = slice(first, first + BLOCK)
        yield rows, patterns(spots.value[rows], kind[rows], window, STEP_MONTHS, alpha)


def _category(pattern: Floats, status: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the places of patterns in the categories."""
    places = [len(ALARMING) + sign * (1 + ALARMING.index(name)) for sign in (1, -1) for name in NUMBERED[::sign]]
    codes = np.array([len(ALARMING), *places], np.uint8)  # of 0, 1 to 8, and -8 to -1
    return np.where(status == OK, codes[pattern.astype(np.int8)], np.uint8(NO_CATEGORY))


def _components(params: Params, spots: Values) -> dict[str, Callable[[], Floats]]:
    """Return how to compute what the pattern rests on."""
    parts: dict[str, Callable[[Series], Floats]] = {
        "quarters with a value": lambda found: found.steps,
        "quarters as a hot spot": lambda found: found.hot,
        "quarters as a cold spot": lambda found: found.cold,
        "trend of z (Mann-Kendall Z)": lambda found: found.trend_z,
        "p of the trend": lambda found: found.trend_p,
    }
    return {name: partial(_part, params, spots, part) for name, part in parts.items()}


def _part(params: Params, spots: Values, part: Callable[[Series], Floats]) -> Floats:
    whole = np.zeros(spots.value.shape)
    for rows, found in _found(params, spots):
        whole[rows] = part(found)
    return whole


def explain(panel: Panel, _params: Params, inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents of the unit and its neighbours, the largest first after decay, with contribution 0."""
    return records_around(panel, inputs[INTENSITY], unit, period)


NUMBERED = ("new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating", "historical")
"""ArcGIS' kinds of spots, in the order of their numbers from 1."""
ALARMING = ("historical", "diminishing", "sporadic", "oscillating", "new", "consecutive", "persistent", "intensifying")
"""The same, from the least to the most alarming where hot."""
HOT_COLOURS = dict(
    zip(NUMBERED, ("#e31a1c", "#cf2f47", "#670701", "#650530", "#fcbe61", "#ffc60e", "#d13676", "#efa684"), strict=True)
)
COLD_COLOURS = dict(
    zip(NUMBERED, ("#0a2afc", "#066bf4", "#20275f", "#0f1690", "#16a3fd", "#05aaaf", "#635ea8", "#43d1fe"), strict=True)
)
"""Any two of them, and no pattern, are 25 apart in CIE Lab, for normal vision, deuteranopia and protanopia alike."""


def _kind(name: str, side: str, colour: str) -> Category:
    return Category(f"{name}_{side}_spot", f"{name.capitalize()} {side} spot", colour, stands_out=side == "hot")


LAYER = Layer(
    id="emerging_hot_spots",
    title="Emerging hot spots",
    unit_of_value="pattern number",
    shows=(
        "What kind of hot or cold spot a unit is, by its Gi* over the last quarters: new, one that goes on, "
        "intensifies, persists or diminishes, one that comes and goes, or one of the past."
    ),
    shows_not=(
        "It describes the quarters up to this month and does not look ahead. Incidents count on with half their weight "
        "after a half-life, so that quarters next to each other rest partly on the same records and the trend test "
        "finds more trends than it should: with a half-life of 6 months, in 13 of 100 places where nothing changed, "
        "where 1 of 100 is meant. Take intensifying and diminishing as a description. Nor does it say why, or who is "
        "responsible. The numbers are names: a larger one is not more of anything."
    ),
    formula=(
        f"value(u, t) = the number of the first pattern that fits Gi* (z) of layer hot_spots at t, t - {STEP_MONTHS}, "
        f"t - {2 * STEP_MONTHS}, ... months, window_months long; hot and cold as in that layer. 1 new hot spot (last "
        "step only), 2 consecutive (at the last steps in a row, two or more, and at none before; under 90 % of all), "
        "3 intensifying, 4 persistent, 5 diminishing (at the last step and 90 % of all; z rises, has no trend, falls), "
        "6 sporadic (at the last step and off and on before; under 90 %, never cold), 7 oscillating (as 6, but once "
        "cold), 8 historical (90 % of all, not the last); -1 to -8 the same for cold, z the other way round; 0 no "
        "pattern. Hot is tried before cold. z has a trend where the two-sided p of Mann-Kendall, with ties, is below "
        "trend_percent. low and high are the value; n is that of hot_spots"
    ),
    empty=(
        "0: no pattern, as where the unit is never a hot or a cold spot. No data: the month has no Gi*, or fewer than "
        f"{LEAST_STEPS} steps of {STEP_MONTHS} months up to it have one; from then on what there is counts, up to "
        "window_months."
    ),
    reference=(
        "Esri, How Emerging Hot Spot Analysis works, ArcGIS Pro 3 (patterns and their numbers); Mann 1945, "
        "doi:10.2307/1907187 (trend test); Ord and Getis 1995, doi:10.1111/j.1538-4632.1995.tb00912.x (Gi*)"
    ),
    parameters=(
        Parameter(
            "window_months",
            36,
            "months",
            30,
            120,
            "months that count, this one included, in whole quarters",
            whole=True,
        ),
        Parameter("trend_percent", 1, "%", 0.1, 10, "two-sided p of the trend test below which z rises or falls"),
    ),
    risk_factors=(
        RiskFactor(1, "measured", "armed conflict: whether its concentrations are new, lasting or past"),
        RiskFactor(8, "proxy", "a new hot spot is consistent with a sudden start of hostilities"),
        RiskFactor(11, "proxy", "lasting concentration is consistent with repeated violence"),
    ),
    families=("incidents",),
    categories=(
        *(_kind(name, "cold", COLD_COLOURS[name]) for name in ALARMING[::-1]),
        Category("no_pattern", "No pattern", "#e0ddd3"),
        *(_kind(name, "hot", HOT_COLOURS[name]) for name in ALARMING),
    ),
    inputs=(INTENSITY, SPOTS),
    surroundings=True,
    compute=compute,
    explain=explain,
    not_additive=(
        "A pattern is a name for a course of quarters, so that no part of it belongs to one record: the records of the "
        "unit and those that touch it are listed with contribution 0."
    ),
)
