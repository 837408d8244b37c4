"""The drawer on the right of the map: one value, opened into the records it is made of."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from app.pages._controls import exports
from app.pages._drawer_records import records
from app.pages._drawer_value import Opened, months, neighbours, value
from app.pages._words import UNIT_NAMES, component_words, readable
from app.state import State
from app.turns import ONE_AT_A_TIME
from app.variants import bearing, overrides
from data_pipelines.edition import Edition
from geo.errors import DataError
from layers._layer import layer, needed


def drawer(edition: Edition, state: State) -> list[Component]:
    """Return all there is to say about one unit and month of a layer, and the records behind it."""
    opened = Opened.of(edition, state)
    asked = overrides(bearing(state.settings, needed(state.layer))) or None
    try:
        with _turn(state.layer, bool(asked)):
            told, refusal = edition.explain(state.layer, state.unit, state.selected, state.period, asked), ""
    except DataError as error:  # the records of some layers are not in the public tier
        told, refusal = _value_alone(edition, state), str(error)
    parts = pd.DataFrame(told["contributions"])
    return [
        _heading(opened),
        value(opened, told),
        _section("Last 24 months", months(opened)),
        _section("Parts", _components(told["components"])),
        _section("Records behind it", *records(edition, state.unit, parts, told["not_additive"], refusal)),
        _section("Beside its neighbours", neighbours(opened)),
        _section("Take away", exports(edition, state)),
    ]


def _turn(layer_id: str, anew: bool) -> AbstractContextManager[object]:
    """Return the wait for a turn where all units are computed for one; what is stored is opened at once."""
    everywhere = anew or any(layer(name).surroundings for name in needed(layer_id))
    return ONE_AT_A_TIME if everywhere else nullcontext()


def _section(title: str, *children: Component | None) -> Component:
    shown = [child for child in children if child is not None]
    return html.Section([html.H3(title), *shown]) if shown else html.Span()


def _heading(opened: Opened) -> Component:
    state, place = opened.state, opened.place
    kind = "Grid cell" if state.unit == "cell" else UNIT_NAMES[state.unit]
    name = f"Cell {place.name}" if state.unit == "cell" else place.name
    close = html.Button("×", className="close", title="Close", **{"data-act": "close", "aria-label": "Close"})
    return html.Header([html.H2(name), html.P(f"{kind} {state.selected} · in {place.parent}"), close])


def _value_alone(edition: Edition, state: State) -> dict[str, Any]:
    row = edition.values(state.layer, state.unit, state.selected, state.period).iloc[0]
    return {
        **{str(name): value for name, value in row.items()},
        "components": {},
        "contributions": [],
        "not_additive": "",
    }


def _components(parts: Mapping[str, float]) -> Component | None:
    if not parts:
        return None
    rows = [
        html.Tr([html.Th(component_words(name), scope="row"), html.Td(readable(part))]) for name, part in parts.items()
    ]
    return html.Table(html.Tbody(rows), className="parts")
