"""The legend of a layer: classes, colours and patterns, one source for the map, the picture and the export.

Colours are from ColorBrewer: of nine-class OrRd, YlOrRd and Purples, those six of each whose nearest neighbours are
furthest apart in CIE Lab for normal vision, deuteranopia and protanopia alike: 10.9, 18.1 and 12.3, the colour of
zero included (the six that ColorBrewer itself gives: 8.2, 7.5 and 3.7); and six of eleven-class PuOr, which diverges
from a middle where two things are alike. A palette that runs from red to green would have 1.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from layers._layer import Layer
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


class LegendClass(NamedTuple):
    """One class: values from `lower` to below `upper`, in the unit of the layer's value, its name and its colour."""

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
        "no_data": StatusStyle("#d9d9d9", "////", "#8c8c8c", "No data: no source covers this"),
        "not_assessed": StatusStyle("#ffffff", "xxxx", "#8c8c8c", "Not assessed: nobody has reported from here"),
        "stale": StatusStyle("#ffffff", "....", "#262626", "Stale: its source is late; a colour is the last value"),
        "suppressed": StatusStyle("#c7c7d1", "----", "#6e6e80", "Suppressed: could point to a site"),
    }
)


def classes(layer: Layer) -> tuple[LegendClass, ...]:
    """Return the classes of a layer from low to high: zero, above zero but under the first break, then break by break.

    Raises UsageError if the layer names no palette of ours, or has more classes than the palette has colours.
    """
    edges = (0.0, *layer.breaks, np.inf)
    colours = _colours(layer, len(edges) - 1)
    zero = LegendClass(0, 0, "0", ZEROS.get(layer.palette, ZERO))
    bounds = zip(edges[:-1], edges[1:], colours, strict=True)
    return (zero, *(LegendClass(lower, upper, _label(lower, upper), colour) for lower, upper, colour in bounds))


def class_of(values: Floats, layer: Layer) -> NDArray[np.int64]:
    """Return, for each value (not negative, any shape), the position of its class in `classes`; -1 where it is NaN."""
    position = np.searchsorted(np.asarray(layer.breaks, float), values, side="right") + 1
    return np.where(np.isnan(values), -1, np.where(values == 0, 0, position))


def _colours(layer: Layer, n: int) -> list[str]:
    palette = PALETTES.get(layer.palette, ())
    if n > len(palette):
        raise UsageError(
            f"Layer '{layer.id}' needs {n} colours and palette '{layer.palette}' has {len(palette)}; "
            f"take fewer breaks or one of {', '.join(PALETTES)}."
        )
    return [palette[place] for place in np.rint(np.linspace(0, len(palette) - 1, n)).astype(int)]


def _label(lower: float, upper: float) -> str:
    if lower == 0:
        return f"above 0, under {_number(upper)}"
    return f"{_number(lower)} or more" if upper == np.inf else f"{_number(lower)} to under {_number(upper)}"


def _number(value: float) -> str:
    return f"{value:,.10g}"
