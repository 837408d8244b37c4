"""How everything on the map is computed: every layer as its file describes it, and the risk factors they bear on."""

from collections.abc import Collection, Sequence

import dash
from dash import html
from dash.development.base_component import Component

from app.pages._methods_framework import framework_screen
from app.pages._methods_layer import FAMILY_WORDS, method
from app.pages._page import Page
from app.pages._tables import Cell, table
from app.pinned import Current
from app.state import Restored
from app.wording import CONSISTENT_WITH, day_words
from data_pipelines.edition import Edition
from layers._layer import Layer, families, layers

FRAMEWORK_PART = "framework"
SCREENS = (("", "Layers"), (FRAMEWORK_PART, "Risk factors"))


def layout(edition: Edition, restored: Restored) -> Component:
    """Return one of the page's screens: all layers, one layer, or the risk factors."""
    told = edition.manifest
    line = f"As used by edition {edition.id}, known on {day_words(told['known_on'])}."
    head = html.Header([html.H2("Methods"), html.P(line, className="hint"), _screens(restored.part)])
    return html.Div([head, *_screen(edition, restored.part)], className="words methods")


def _screen(edition: Edition, part: str) -> list[Component]:
    if part == FRAMEWORK_PART:
        return framework_screen(edition)
    return _one(edition, part) if part else _all(edition)


def _screens(part: str) -> Component:
    here = part if part == FRAMEWORK_PART else ""
    links = [
        html.A(words, href=f"/methods/{name}".rstrip("/"), **({"aria-current": "page"} if name == here else {}))
        for name, words in SCREENS
    ]
    return html.Nav(links, className="screens", **{"aria-label": "Screens of the methods page"})


def _all(edition: Edition) -> list[Component]:
    words = (
        "Each layer is one measure, computed by one formula from the records of this edition. Below, each says what it "
        f"shows and does not show, and with which numbers it was computed. {CONSISTENT_WITH}"
    )
    return [html.P(words), _index(), *(method(edition, layer) for layer in layers().values())]


def _index() -> Component:
    heads = ("Layer", "Value in", "Rests on", "Risk factors", "Contributions sum")
    return table("Layers of this map", heads, [_line(layer) for layer in layers().values()])


def _line(layer: Layer) -> Sequence[Cell]:
    rests = [words for family, words in FAMILY_WORDS.items() if family in families(layer)]
    return (
        html.A(layer.title, href=f"#{layer.id}"),
        layer.unit_of_value,
        ", ".join(rests),
        ", ".join(str(risk.number) for risk in layer.risk_factors),
        "no" if layer.not_additive else "yes",
    )


def _one(edition: Edition, part: str) -> list[Component]:
    names = list(layers())
    place = names.index(part)
    around = [("‹ ", place - 1, ""), ("", place + 1, " ›")]
    links = [
        html.A(f"{before}{layers()[names[at]].title}{after}", href=f"/methods/{names[at]}")
        for before, at, after in around
        if 0 <= at < len(names)
    ]
    return [
        method(edition, layers()[part], alone=True),
        html.Nav(links, className="around", **{"aria-label": "Other layers"}),
    ]


def parts() -> Collection[str]:
    """Return what the address may go on with after ``/methods/``."""
    return {FRAMEWORK_PART, *layers()}


def register(_app: dash.Dash, _current: Current) -> None:
    """Add nothing: every screen has an address of its own."""


PAGE = Page("methods", "Methods", "/methods", 30, layout, register, parts)
