"""The classes and statuses of a layer as rows of swatches with their words, as the map and the picture draw them."""

from collections.abc import Mapping, Sequence

import numpy as np
from dash import html
from dash.development.base_component import Component

from app.pages._methods_text import Meaning, meanings_of, with_names
from app.pages._words import STATUS_WORDS
from layers._layer import Layer
from layers._legend import STATUS_STYLE, StatusStyle, class_of, classes

PATTERNS: Mapping[str, str] = {
    "/": "repeating-linear-gradient(135deg, {ink} 0 1px, transparent 1px 5px)",
    "x": (
        "repeating-linear-gradient(135deg, {ink} 0 1px, transparent 1px 5px), "
        "repeating-linear-gradient(45deg, {ink} 0 1px, transparent 1px 5px)"
    ),
    ".": "radial-gradient({ink} 1px, transparent 1.4px) 0 0 / 5px 5px",
    "-": "repeating-linear-gradient({ink} 0 1px, transparent 1px 4px)",
}
"""Backgrounds by the first sign of a hatch as matplotlib writes it."""


def legend(layer: Layer) -> Component:
    """Return the classes of a layer, in its order, with their colours."""
    rows = [_row(_swatch(one.colour), one.label) for one in classes(layer)]
    return html.Ul(rows, className="swatches")


def _row(swatch: Component, words: str) -> Component:
    return html.Li([swatch, html.Span(words)])


def _swatch(background: str) -> Component:
    return html.Span(className="patch", style={"background": background}, **{"aria-hidden": "true"})


def _pattern(style: StatusStyle) -> str:
    lines = PATTERNS.get(style.hatch[:1], "")
    return f"{lines.format(ink=style.ink)}, {style.colour}" if lines else style.colour


def meanings(layer: Layer) -> list[Component]:
    """Return what it means that a unit shows 0 or no value, each beside how it looks on the map."""
    found, otherwise = meanings_of(layer.empty)
    rows = [part for one in found for part in _meaning(one, _look(layer, one.words))]
    rest = [html.P(with_names(otherwise))] if otherwise else []
    return [*rest, html.Dl(rows, className="meanings")] if rows else rest


def _look(layer: Layer, words: str) -> str:
    """Return the background of a status or of a number; of categories none is that of a number."""
    status = next((status for status, named in STATUS_WORDS.items() if named == words), "")
    if status:
        return _pattern(STATUS_STYLE[status])
    return "" if layer.categories else classes(layer)[int(class_of(np.array([float(words)]), layer)[0])].colour


def _meaning(meaning: Meaning, look: str) -> Sequence[Component]:
    return html.Dt([*([_swatch(look)] if look else []), meaning.words]), html.Dd(with_names(meaning.reason))
