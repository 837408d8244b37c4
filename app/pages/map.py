"""The map: one layer and month over the countries mapped, and whatever stands behind each of its values."""

from typing import Any

import dash
import dash_leaflet as dl
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from app.pages._browser import bounds, brief
from app.pages._controls import about, rail, timeline
from app.pages._drawer import drawer
from app.pages._page import Page
from app.pages._ranking import top_ten
from app.pinned import Current
from app.state import MAX_ZOOM, Restored, choices, from_query, required
from app.state import State as View
from app.variants import settings_text
from app.wording import CONSISTENT_WITH, boundary_notes
from data_pipelines.edition import Edition
from geo.errors import UsageError
from layers._layer import layer

VIEW = (
    "layer",
    "unit",
    "period",
    "selected",
    "show",
    "settings",
)  # what the browser tells of its view when it has come to rest
CONTROLS = (
    ("layer", "value"),
    ("unit", "value"),
    ("month", "value"),
    ("overlays", "value"),
    ("selected", "data"),
    ("show", "data"),
    ("settings", "data"),
)


def layout(edition: Edition, restored: Restored) -> Component:
    """Return the page for a view; the browser draws the map itself from tiles and value matrices."""
    state = restored.state
    return html.Div(
        id="map-page",
        className="map-page",
        children=[
            rail(edition, state, tuple(choices(edition).units)),
            html.Div(
                className="stage",
                children=[
                    html.P(id="stale", className="stale", role="status"),
                    html.P(id="settings-badge", className="settings-badge", role="status", hidden=True),
                    html.Div([_map(edition), *_over_the_map(restored)], className="map-box", id="map-box", dir="ltr"),
                    timeline(edition, state.period),
                    html.P(_fine_print(edition), className="disclaimer"),
                ],
            ),
            html.Aside(
                _drawer(edition, state) if state.selected else [],
                id="drawer",
                className="drawer",
                **{"aria-label": "Selected area"},
            ),
            dcc.Store(id="brief", data=brief(edition)),
            dcc.Store(id="selected", data=state.selected),
            dcc.Store(id="show", data=state.show.text()),
            dcc.Store(id="settings", data=settings_text(state.settings)),
            dcc.Store(id="camera", data=state.camera),
            dcc.Store(id="query"),
            dcc.Store(id="shown"),
            dcc.Store(id="drawn"),
        ],
    )


def _drawer(edition: Edition, state: View) -> list[Component]:
    """Return the drawer of a link's view; a link may ask for parameters that cannot be together."""
    try:
        return drawer(edition, state)
    except UsageError as error:
        return [html.P(str(error), className="flag")]


def _fine_print(edition: Edition) -> str:
    """Return what must stand under every map: what values are not, and what boundaries are not."""
    (south, west), (north, east) = bounds(edition)
    _, *notes = boundary_notes((west, south, east, north))
    return " ".join((CONSISTENT_WITH, edition.manifest["disclaimer"], *notes))


def _map(edition: Edition) -> Component:
    (south, west), (north, east) = bounds(edition)
    return dl.Map(
        id="map",
        className="map",
        center=[(south + north) / 2, (west + east) / 2],
        zoom=5,
        minZoom=2,
        maxZoom=MAX_ZOOM,
        preferCanvas=True,
        attributionControl=False,
        fadeAnimation=False,
        children=[
            # Leaflet's own prefix shows a national flag; its scale shows miles.
            dl.AttributionControl(prefix=False),
            dl.ScaleControl(imperial=False, metric=True, position="bottomleft"),
            dl.LayerGroup(
                id="layers",
                attribution="Basemap: Natural Earth",
                eventHandlers={"add": {"variable": "forewatch.add"}},
            ),
        ],
    )


def _over_the_map(restored: Restored) -> list[Component]:
    toggle = html.Button(
        "☰ Layers",
        className="toggle",
        **{"data-act": "rail", "aria-controls": "rail", "aria-expanded": "true"},
    )
    return [
        toggle,
        html.Div([html.P(notice) for notice in restored.notices], id="notices", className="notices", role="status"),
        html.Div(id="alert", className="alert", role="alert"),
        html.Div(id="tooltip", className="tooltip", **{"aria-hidden": "true"}),
        html.Details([html.Summary("Legend", id="legend-title"), html.Div(id="legend")], open=True, className="legend"),
        html.Div(id="live", role="status", className="unseen"),
    ]


def register(app: dash.Dash, current: Current) -> None:
    """Add the page's callbacks: four that ask the server, one that draws in the browser."""
    app.clientside_callback(
        ClientsideFunction("forewatch", "show"),
        Output("drawn", "data"),
        *[Input(*control) for control in CONTROLS],
        Input("camera", "data"),
        State("brief", "data"),
    )

    @app.callback(Output("about", "children"), Input("layer", "value"))
    def tell_about(layer_id: object) -> list[Component]:
        chosen = layer(_text(layer_id))
        return about(chosen, current().manifest["parameters"][chosen.id])

    @app.callback(Output("drawer", "children"), Input("shown", "data"), prevent_initial_call=True)
    def open_drawer(shown: object) -> list[Component]:
        edition = current()
        state = _state(edition, shown)
        return drawer(edition, state) if state.selected else []

    @app.callback(Output("top-ten", "children"), Input("shown", "data"), prevent_initial_call=True)
    def rank(shown: object) -> list[Component]:
        edition = current()
        state = _state(edition, shown)
        return top_ten(edition, state) if isinstance(shown, dict) and shown.get("ranking") is True else []

    @app.callback(
        *[Output(*control) for control in CONTROLS],
        Output("camera", "data"),
        Output("notices", "children"),
        Input("query", "data"),
        prevent_initial_call=True,
    )
    def restore(query: object) -> tuple[Any, ...]:
        allowed = choices(current())
        restored = from_query(_text(query), allowed)
        state = restored.state
        month = allowed.periods.index(state.period)
        view = (state.layer, state.unit, month, list(state.overlays), state.selected)
        variant = (state.show.text(), settings_text(state.settings))
        return (*view, *variant, state.camera, [html.P(notice) for notice in restored.notices])


def _state(edition: Edition, shown: object) -> View:
    """Return the view that the browser tells of."""
    return required(choices(edition), *(_text(shown.get(name) if isinstance(shown, dict) else None) for name in VIEW))


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise UsageError("The page sent something that is no text; reload it.")
    return given


PAGE = Page("map", "Map", "/", 10, layout, register)
