"""The rail on the left of the map, and the time line under it."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from app.attribution import age_words
from app.pages._sparkline import Point, sparkline
from app.pages._words import UNIT_NAMES, counted
from app.state import State, choices
from app.statements import sql
from app.variants import VALUE, bearing
from app.wording import month_words, number
from data_pipelines.edition import Edition
from data_pipelines.tables import Tier
from layers._layer import Layer, families, layer, needed

EXPORTS = (
    ("/download", "geojson", "GeoJSON"),
    ("/picture", "png", "Picture (PNG, A4)"),
    ("/picture", "pdf", "Picture (PDF, A4)"),
)
THEMES = ("Where to look first", "Violence", "People", "Protected sites", "Look closer")
STEPS = (
    ("first", "«", "First month"),
    ("previous", "‹", "Previous month"),
    ("play", "▶", "Play"),
    ("next", "›", "Next month"),
    ("last", "»", "Last month"),
)


def rail(edition: Edition, state: State, units: Sequence[str]) -> Component:
    """Return everything that chooses what the map shows, and what it is made of."""
    return html.Aside(
        id="rail",
        className="rail",
        **{"aria-label": "What the map shows"},
        children=[
            _group("Layer", layer_picker(edition, state.layer)),
            # The browser fills chooser and sliders, layer by layer.
            _group("Show", html.Div(id="chooser"), _top_ten(), html.Div(id="sliders")),
            _group("About the layer", html.Div(id="about", className="about")),
            _group("Values for", _unit_picker(state.unit, units), _area_search()),
            _group("Also on the map", _overlay_picker(edition, state)),
            _group("Take away", exports(edition, state)),
            _group("Sources", sources(edition)),
        ],
    )


def _group(title: str, *children: Component) -> Component:
    return html.Section([html.H2(title), *children], **{"aria-label": title})


def layer_picker(edition: Edition, chosen: str) -> Component:
    """Return the layers of an edition to choose from, under headings; a heading cannot be chosen."""
    by_theme: dict[str, list[Layer]] = {name: [] for name in THEMES}
    for one in map(layer, choices(edition).layers):
        by_theme[theme(one)].append(one)
    options = [
        option
        for name, inside in by_theme.items()
        if inside
        for option in ({"value": name, "label": html.Span(name, className="theme"), "disabled": True}, *_named(inside))
    ]
    return dcc.RadioItems(options, chosen, id="layer", className="choices stacked")


def _named(chosen: Sequence[Layer]) -> list[dict[str, Any]]:
    return [{"value": one.id, "label": one.title} for one in chosen]


def theme(one: Layer) -> str:
    """Return under which heading a layer stands, by what it rests on, so that a new one finds its own place."""
    rests_on = families(one)
    if one.ranks is not None:
        return THEMES[0]
    if one.categories or one.surroundings or "other_counts" in rests_on:
        return THEMES[4]
    if "sites" in rests_on:
        return THEMES[3]
    return THEMES[2 if rests_on & {"displacement", "population"} else 1]


def _top_ten() -> Component:
    return html.Details([html.Summary("Top ten of the month"), html.Div(id="top-ten")], id="ranking", hidden=True)


def _unit_picker(chosen: str, units: Sequence[str]) -> Component:
    options = [{"value": unit, "label": UNIT_NAMES[unit]} for unit in units]
    return dcc.RadioItems(options, chosen, id="unit", className="choices segments")


def _area_search() -> Component:
    return html.Div(
        className="field",
        children=[
            html.Label("Find an area", htmlFor="area"),
            dcc.Input(id="area", type="search", list="areas", debounce=True, placeholder="Name or P-code"),
            html.Datalist(id="areas"),
        ],
    )


def _overlay_picker(edition: Edition, state: State) -> Component:
    options = [
        {"value": "incidents", "label": "Incidents of the month"},
        {"value": "sites", "label": "Protected sites"},
    ]
    grain = "by 0.5° grid cell; exact places are not in this tier" if edition.tier == Tier.public else "as places"
    return html.Div(
        [
            dcc.Checklist(options, list(state.overlays), id="overlays", className="choices stacked"),
            html.P(f"Incidents are shown {grain}.", className="hint"),
        ]
    )


def exports(edition: Edition, state: State) -> Component:
    """Return links to what can be taken away of a view; the browser keeps them in step with the map."""
    what = f"{edition.id}/{state.layer}/{state.unit}/{state.period}"
    links: list[Component] = [
        html.A(
            words,
            href=f"{where}/{what}.{kind}?days={edition.days}",
            download="",
            className="button",
            **{"data-export": kind},
        )
        for where, kind, words in EXPORTS
    ]
    if edition.tier < Tier.confidential:
        links.append(html.Button("Copy link", className="button", **{"data-act": "copy"}))
    differs = bool(bearing(state.settings, needed(state.layer))) or state.show != VALUE
    note = "Pictures and files hold the edition's own values with its own parameters, not what you chose under Show."
    return html.Div([html.Div(links, className="exports"), html.P(note, className="hint own-note", hidden=not differs)])


def sources(edition: Edition) -> Component:
    """Return the sources of an edition: who, under which licence, known when, and how fresh that is."""
    told = edition.manifest["sources"]
    rows = [_source(told[name], edition.standings[name].state, age_words(edition, name)) for name in sorted(told)]
    return html.Div([html.Ul(rows, className="sources"), html.P(html.A("More about the data", href="/data"))])


def _source(told: dict[str, Any], state: str, age: str) -> Component:
    left_out = f", {told['quarantined']:,} quarantined" if told["quarantined"] else ""
    return html.Li(
        [
            html.Strong(told["title"]),
            html.Span(f"{told['provider']} · {told['licence']}"),
            html.Span(age, className=f"freshness {state}"),
            html.Span(f"{counted(told['loaded'], 'record')}{left_out}"),
        ]
    )


def about(layer: Layer, parameters: dict[str, float]) -> list[Component]:
    """Return what a reader of a layer must be told: what it shows and does not, and the numbers it depends on."""
    rows = [
        html.Li([html.Strong(f"{number(parameters[p.name])} {'' if p.unit == '1' else p.unit}"), f" – {p.meaning}"])
        for p in layer.parameters
    ]
    factors = [html.Li([html.Strong(f"{f.number} ({f.grade})"), f" – {f.indicator}"]) for f in layer.risk_factors]
    return [
        html.P(layer.shows),
        html.P([html.Strong("Does not show. "), layer.shows_not], className="caution"),
        html.Details([html.Summary("Parameters"), html.Ul(rows)]) if rows else html.Span(),
        html.Details([html.Summary("Risk factors (UN Framework)"), html.Ul(factors)]),
        html.Details(
            [
                html.Summary("Formula, empty values, literature"),
                html.Code(layer.formula),
                html.P(layer.empty),
                html.P(layer.reference),
            ]
        ),
        html.P(html.A("How it is computed", href=f"/methods/{layer.id}")),
    ]


def timeline(edition: Edition, period: str) -> Component:
    """Return the months: a chart of incidents over them, a slider, buttons that jump to months that exist, a field."""
    periods = edition.periods()
    hidden = {"aria-hidden": "true"}
    ends = html.Div(
        [
            html.Span(month_words(periods[0])),
            html.Span("blue: months with values"),
            html.Span(month_words(periods[-1])),
        ],
        className="ends",
        **hidden,
    )
    slider = dcc.Input(
        id="month", type="range", min=0, max=len(periods) - 1, step=1, value=periods.index(period), className="months"
    )
    return html.Div(
        className="timeline",
        dir="ltr",
        role="group",
        **{"aria-label": "Month"},
        children=[
            html.Div([_button(*step) for step in STEPS], className="steps"),
            html.Div(
                [
                    _history(edition),
                    html.Label("Month on the map", htmlFor="month", className="unseen"),
                    slider,
                    html.Canvas(id="coverage", **hidden),
                    ends,
                ],
                className="track",
            ),
            html.Div(
                [
                    html.Label("Month", htmlFor="period"),
                    dcc.Input(
                        id="period",
                        type="text",
                        value=period,
                        debounce=True,
                        inputMode="numeric",
                        maxLength=7,
                        size="7",
                    ),
                ],
                className="field",
            ),
        ],
    )


def _button(act: str, sign: str, words: str) -> Component:
    return html.Button(sign, title=words, className=f"step {act}", **{"data-act": act, "aria-label": words})


def _history(edition: Edition) -> Component:
    rows = edition.fetch(sql("incidents_by_month"))
    counts = {str(period): float(n) for period, n in rows.itertuples(index=False)}
    points = [Point(counts.get(period, 0.0), float("nan"), float("nan")) for period in edition.periods()]
    most = max(counts, key=lambda period: counts[period], default="")
    words = f"Incidents per month; most in {month_words(most)}: {number(counts[most])}." if most else "No incidents."
    return sparkline(points, words)
