"""What a layer is: one risk measure, a pure function from a Panel to values.

A layer is one file in `layers/`, named for its id, that holds `LAYER`.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from layers._panel import Floats, Ints, Panel

if TYPE_CHECKING:
    from layers._draws import Sum

OK, NO_DATA, NOT_ASSESSED, STALE, SUPPRESSED = range(5)
STATUSES = ("ok", "no_data", "not_assessed", "stale", "suppressed")


@dataclass(frozen=True)
class Parameter:
    """One number a layer depends on: default, unit, bounds and meaning; shown on screen, set in forewatch.toml.

    `whole` says that nothing between whole numbers has a meaning: it would be shown, and another one used.
    """

    name: str
    default: float
    unit: str
    low: float
    high: float
    meaning: str
    whole: bool = False


@dataclass(frozen=True)
class RiskFactor:
    """A risk factor of the UN Framework of Analysis for Atrocity Crimes (2014) and how far a layer measures it."""

    number: int
    grade: Literal["measured", "proxy"]
    indicator: str


class Category(NamedTuple):
    """One class of a layer that sorts units into kinds: its id, its words in the legend and its colour (#rrggbb).

    A layer names its classes from the least to the most alarming. `stands_out` says that a unit of this class belongs
    among those to look at first.
    """

    id: str
    words: str
    colour: str
    stands_out: bool = False


NO_CATEGORY = 255


@dataclass(frozen=True)
class Values:
    """A layer's result: arrays of units x months.

    `value`, `low`, `high` are NaN unless status is OK or STALE; `n` counts the records that bear on the value;
    `components` are further matrices of the same shape that explain it, by name; `category` points into the layer's
    categories, NO_CATEGORY where there is no value, and is None where the layer has none; `drawn` is the decayed sum
    whose draws gave low and high, so that layers made of this one draw the same places and deaths; None where the value
    is no such sum.
    """

    value: Floats
    low: Floats
    high: Floats
    n: Ints
    status: NDArray[np.uint8]
    components: Mapping[str, Floats] = field(default_factory=dict)
    category: NDArray[np.uint8] | None = None
    drawn: "Sum | None" = None


class Contribution(NamedTuple):
    """One record's part in one value: contribution = share x weight, and contributions sum to the value."""

    table: str
    record_id: str
    date: str
    source: str
    share: float
    weight: float
    contribution: float


class Ranks(NamedTuple):
    """Ranks of all units in one month, 1 the highest; NaN where a unit has no value.

    `low` and `high` are the 90 % band of the rank over draws, `top_ten` the part of the draws in which the unit is
    among the ten highest.
    """

    rank: Floats
    low: Floats
    high: Floats
    top_ten: Floats


Params = Mapping[str, float]
Inputs = Mapping[str, Values]


@dataclass(frozen=True)
class Layer:
    """One risk measure with everything a reader of the map must be told about it.

    Attributes
    ----------
    inputs
        Ids of the layers this one is made of; their Values arrive in `inputs`.
    breaks
        Fixed lower bounds of the classes of the legend; never recomputed, so that colours keep their meaning through
        time. Where the first is above zero, values are not negative and 0 has a class of its own; where it is
        below, values have a sign, and the classes lie between the breaks.
    categories
        Kinds that the layer sorts units into, from the least to the most alarming; where there are any, the map is
        painted by them and not by breaks.
    compute
        ``compute(panel, params, inputs) -> Values``.
    explain
        ``explain(panel, params, inputs, unit, period) -> list of Contribution``; they sum to the value
        unless `not_additive` says why they do not.
    surroundings
        A unit's value rests on records of other units too: `explain` needs the panel of all units. The others are
        explained from the panel of one unit alone.
    live
        Names of parameters that can be changed on the map, without a build.
    chance
        ``chance(panel, params, inputs, threshold) -> units x months``: the part of the draws in which the value is
        above the threshold, NaN where there is no value; None where nothing of the layer is drawn.
    ranks
        ``ranks(panel, params, inputs, period) -> Ranks``; None where ranks mean little.
    k_public
        In the public file a value is suppressed where the unit holds fewer protected sites than this
        (and at least one), or an admin 1 would tell as few by subtraction; 0 for layers that do not rest on sites.
    """

    id: str
    title: str
    unit_of_value: str
    shows: str
    shows_not: str
    formula: str
    empty: str
    reference: str
    parameters: tuple[Parameter, ...]
    risk_factors: tuple[RiskFactor, ...]
    families: tuple[str, ...]
    compute: Callable[[Panel, Params, Inputs], Values]
    explain: Callable[[Panel, Params, Inputs, int, int], list[Contribution]]
    breaks: tuple[float, ...] = ()
    palette: str = "OrRd"
    categories: tuple[Category, ...] = ()
    inputs: tuple[str, ...] = ()
    not_additive: str = ""
    surroundings: bool = False
    live: tuple[str, ...] = ()
    chance: Callable[[Panel, Params, Inputs, float], Floats] | None = None
    ranks: Callable[[Panel, Params, Inputs, int], Ranks] | None = None
    k_public: int = 0

    def params(self, overrides: Params | None = None) -> dict[str, float]:
        """Return the parameters with overrides applied; an unknown name or a value out of bounds is an error."""
        known = {p.name: p for p in self.parameters}
        chosen = {p.name: p.default for p in self.parameters}
        for name, value in (overrides or {}).items():
            if name not in known:
                raise UsageError(f"Layer '{self.id}' has no parameter '{name}'; it has {', '.join(known) or 'none'}.")
            low, high = known[name].low, known[name].high
            if not low <= value <= high:
                raise UsageError(
                    f"Parameter '{name}' of layer '{self.id}' is {value}; it must lie between {low} and {high}."
                )
            if known[name].whole and value != int(value):
                raise UsageError(f"Parameter '{name}' of layer '{self.id}' is {value}; it must be a whole number.")
            chosen[name] = float(value)
        return chosen


@cache
def layers() -> dict[str, Layer]:
    """Return every layer by id, each after the layers it is made of, found by the files in `layers`."""
    package = import_module("layers")
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    found = {n: m.LAYER for n in names if hasattr(m := import_module(f"layers.{n}"), "LAYER")}
    ordered: dict[str, Layer] = {}
    while len(ordered) < len(found):
        ready = {n: x for n, x in found.items() if n not in ordered and set(x.inputs) <= set(ordered)}
        if not ready:
            raise UsageError(f"Layers wait for each other: {', '.join(sorted(set(found) - set(ordered)))}.")
        ordered.update(ready)
    return ordered


def layer(name: str) -> Layer:
    """Return one layer, or say which there are."""
    if name not in layers():
        raise UsageError(f"There is no layer '{name}'; there are {', '.join(sorted(layers()))}.")
    return layers()[name]


def needed(name: str) -> list[str]:
    """Return the ids of the layers that one is made of, directly or not, and its own, in order of computing."""
    wanted = {name}
    for other in reversed(layers()):
        wanted |= set(layer(other).inputs) if other in wanted else set()
    return [other for other in layers() if other in wanted]


def families(layer: Layer) -> frozenset[str]:
    """Return the families of records a layer rests on, also through the layers it is made of."""
    return frozenset(layer.families).union(*(families(layers()[name]) for name in layer.inputs))
