"""The legend of a layer: classes, colours and patterns, one source for the map, the picture and the export.

Colours are from ColorBrewer: of nine-class OrRd, YlOrRd and Purples, those six of each whose nearest neighbours are
furthest apart in CIE Lab for normal vision, deuteranopia and protanopia alike: 10.9, 18.1 and 12.3, the colour of
zero included (the six that ColorBrewer itself gives: 8.2, 7.5 and 3.7); and six of eleven-class PuOr, which diverges
from a middle where two things are alike. A palette that runs from red to green would have 1.

There are three kinds of legend, told by the layer alone:

- Of classes from zero up (the first break is above zero): zero has a class of its own, then break by break.
- Signed (the first break is below zero): class 0 is (-inf, breaks[0]), and so on to (breaks[-1], inf). Zero falls in
  the class that holds it, which has the colour of the middle; as many steps from it, as dark, on either side. The
  palette diverges: eleven-class PuOr without its two faintest steps, purple below zero and orange above. Neighbours are
  at least 17.6 apart for all three kinds of vision, and a colour below zero at least 70.4 from any above; of RdBu,
  whose blue looks like an all-clear besides, 16.0 and 35.2.
- Of categories: class i is (i, i + 1) with the words and the colour of category i, and what is classed are their codes.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from layers._layer import NO_CATEGORY, Layer
from layers._panel import Floats

ZERO = "#f7f7f7"
PALETTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "OrRd": ("#fee8c8", "#fdbb84", "#fc8d59", "#d7301f", "#b30000", "#7f0000"),
        "YlOrRd": ("#ffffcc", "#fed976", "#fd8d3c", "#e31a1c", "#bd0026", "#800026"),
        "Purples": ("#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#3f007d"),
        "PuOr": ("#e08214", "#fdb863", "#f7f7f7", "#b2abd2", "#542788"),
    }
)
ZEROS: Mapping[str, str] = MappingProxyType({"PuOr": "#7f3b08"})
"""Colours of zero in palettes that diverge from a middle, where zero is furthest from it on one side."""
SIDES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "PuOr": (
            ("#b2abd2", "#8073ac", "#542788", "#2d004b"),
            ("#fdb863", "#e08214", "#b35806", "#7f3b08"),
        )
    }
)
"""Colours of signed legends below and above the class that holds zero, the nearest to it first."""


class LegendClass(NamedTuple):
    """One class: values from `lower` to below `upper`, in the unit of the layer's value, its name and its colour.

    Of categories, `lower` is the code and `upper` the next one.
    """

    lower: float
    upper: float
    label: str
    colour: str


class StatusStyle(NamedTuple):
    """How units of one status look: fill, hatch as matplotlib writes it ("" for none), colour of its lines, words.

    Units that are `ok` or `stale` have a value and take the colour of its class; `colour` is then for the legend.
    """

    colour: str
    hatch: str
    ink: str
    label: str


STATUS_STYLE: Mapping[str, StatusStyle] = MappingProxyType(
    {
        "ok": StatusStyle(ZERO, "", "#000000", "Value known"),
        "no_data": StatusStyle("#d9d9d9", "////", "#8c8c8c", "No data: not enough to give a value"),
        "not_assessed": StatusStyle("#ffffff", "xxxx", "#8c8c8c", "Not assessed: no report from here, or too few"),
        "stale": StatusStyle("#ffffff", "....", "#262626", "Stale: its source is late; a colour is the last value"),
        "suppressed": StatusStyle("#c7c7d1", "----", "#6e6e80", "Suppressed: could point to a site"),
    }
)


def classes(layer: Layer) -> tuple[LegendClass, ...]:
    """Return the classes of a layer from low to high, or one for each of its categories in their order.

    Raises UsageError if the layer names no palette of ours, or has more classes than the palette has colours.
    """
    if layer.categories:
        return tuple(LegendClass(n, n + 1, of.words, of.colour) for n, of in enumerate(layer.categories))
    if is_signed(layer):
        return _between(_signed_colours(layer), (-np.inf, *layer.breaks, np.inf))
    edges = (0.0, *layer.breaks, np.inf)
    zero = LegendClass(0, 0, "0", ZEROS.get(layer.palette, ZERO))
    lowest, *others = _between(_colours(layer, len(edges) - 1), edges)
    return (zero, lowest._replace(label=f"above 0, under {_number(edges[1])}"), *others)


def class_of(values: Floats | NDArray[np.uint8], layer: Layer) -> NDArray[np.int64]:
    """Return, for each value (any shape), the position of its class in `classes`; -1 where it is NaN.

    Values are not negative unless the legend is signed. Of a layer with categories they are codes, and 255 is none.
    """
    number = np.asarray(values, float)
    if layer.categories:
        return np.where(np.isnan(number) | (number == NO_CATEGORY), -1, number).astype(np.int64)
    position = np.searchsorted(np.asarray(layer.breaks, float), number, side="right")
    if not is_signed(layer):
        position = np.where(number == 0, 0, position + 1)
    return np.where(np.isnan(number), -1, position)


def is_signed(layer: Layer) -> bool:
    """Return whether the values of a layer may be below zero, and its legend runs from -inf."""
    return not layer.categories and len(layer.breaks) > 0 and layer.breaks[0] < 0


def _between(colours: Sequence[str], edges: Sequence[float]) -> tuple[LegendClass, ...]:
    bounds = zip(edges[:-1], edges[1:], colours, strict=True)
    return tuple(LegendClass(lower, upper, _label(lower, upper), colour) for lower, upper, colour in bounds)


def _colours(layer: Layer, n: int) -> list[str]:
    palette = PALETTES.get(layer.palette, ())
    if n > len(palette):
        raise _too_few(layer, n, len(palette), PALETTES)
    return [palette[place] for place in np.rint(np.linspace(0, len(palette) - 1, n)).astype(int)]


def _signed_colours(layer: Layer) -> list[str]:
    """Return the colours of a signed legend; equally many classes from zero are equally dark on both sides."""
    n_below = int(np.searchsorted(layer.breaks, 0, side="right"))
    n_above = len(layer.breaks) - n_below
    sides, furthest = SIDES.get(layer.palette, ((), ())), max(n_below, n_above)
    if furthest > len(sides[0]):
        raise _too_few(layer, 2 * furthest, 2 * len(sides[0]), SIDES)
    steps = np.rint(np.linspace(len(sides[0]) - 1, 0, furthest))[::-1].astype(int)
    below, above = ([side[step] for step in steps] for side in sides)
    return [*below[:n_below][::-1], ZERO, *above[:n_above]]


def _too_few(layer: Layer, n: int, there: int, palettes: Mapping[str, object]) -> UsageError:
    return UsageError(
        f"Layer '{layer.id}' needs {n} colours and palette '{layer.palette}' has {there}; "
        f"take fewer breaks or one of {', '.join(palettes)}."
    )


def _label(lower: float, upper: float) -> str:
    if lower == -np.inf:
        return f"under {_number(upper)}"
    return f"{_number(lower)} or more" if upper == np.inf else f"{_number(lower)} to under {_number(upper)}"


def _number(value: float) -> str:
    return f"{value:,.10g}"
