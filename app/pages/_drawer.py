"""The drawer on the right of the map: one value, opened into the records it is made of."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from app.pages._controls import exports
from app.pages._sparkline import Point, sparkline
from app.pages._words import STATUS_REASONS, STATUS_WORDS, SUPPORT_WORDS, UNIT_NAMES, counted, ordinal, plain, readable
from app.state import State
from app.statements import sql
from app.values import matrix
from app.wording import month_words
from data_pipelines.edition import Edition
from geo.errors import DataError
from layers._layer import Layer, layer, layers

SHOWN = 50
MONTHS = 24
MUCH = 0.25  # of a value, from records too coarse for its unit: more than that is pointed out
COARSER = {
    "adm1": frozenset({"region", "country"}),
    "adm2": frozenset({"adm1", "region", "country"}),
    "cell": frozenset({"adm2", "adm1", "region", "country"}),
}
PERSONS = {"incidents": "Deaths", "displacement": "Displaced", "reported_counts": "Deaths"}
NOUNS = {"incidents": "incident", "displacement": "figure", "layer_values": "layer", "reported_counts": "count"}


class Place(NamedTuple):
    """The unit a drawer is about: its place in the matrices and what is known of it."""

    idx: int
    name: str
    parent: str


def drawer(edition: Edition, state: State) -> list[Component]:
    """Return all there is to say about one unit and month of a layer, and the records behind it."""
    chosen = layer(state.layer)
    place = _place(edition, state)
    try:
        told, refusal = edition.explain(state.layer, state.unit, state.selected, state.period), ""
    except DataError as error:  # the records of some layers are not in the public tier
        told, refusal = _value_alone(edition, state), str(error)
    parts = pd.DataFrame(told["contributions"])
    return [
        _heading(place, state),
        _value(chosen, told, _rank(edition, state, place)),
        _section("Last 24 months", _months(edition, state)),
        _section("Parts", _components(told["components"])),
        _section("Records behind it", *_records(edition, state, parts, told, refusal)),
        _section("Beside its neighbours", _neighbours(edition, state, place)),
        _section("Take away", exports(edition, state)),
    ]


def _section(title: str, *children: Component | None) -> Component:
    shown = [child for child in children if child is not None]
    return html.Section([html.H3(title), *shown]) if shown else html.Span()


def _place(edition: Edition, state: State) -> Place:
    units, level = edition.units(state.unit), "adm2" if state.unit == "cell" else "adm1"
    row = units[units["id"] == state.selected].to_dict("records")[0]
    parents = {unit["id"]: unit["name"] for unit in edition.units(level).to_dict("records")}
    parent = row["parent_id"]
    described = f"{parents[parent]} ({parent})" if parent in parents else row["iso3"]
    return Place(int(row["idx"]), str(row["name"]), str(described))


def _heading(place: Place, state: State) -> Component:
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


def _value(chosen: Layer, told: Mapping[str, Any], rank: str) -> Component:
    status, value = told["status"], told["value"]
    heading = html.P(f"{chosen.title}, {month_words(told['period'])}", className="what")
    reason = html.P([html.Strong(f"{STATUS_WORDS[status]}. "), STATUS_REASONS[status]]) if status != "ok" else None
    if value is None or np.isnan(value):
        return html.Section([heading, html.P(STATUS_WORDS[status], className="figure"), reason], className="value")
    band = f"90 % band {readable(told['low'])} to {readable(told['high'])}"
    lines = [html.P([html.Strong(readable(value)), html.Span(chosen.unit_of_value)], className="figure"), html.P(band)]
    return html.Section([heading, *lines, html.P(rank), *([reason] if reason else [])], className="value")


def _rank(edition: Edition, state: State, place: Place) -> str:
    values, _ = matrix(edition, state.layer, state.unit)
    month = edition.periods().index(state.period)
    given = values[np.isfinite(values[:, month]), month]
    own = values[place.idx, month]
    if not np.isfinite(own):
        return ""
    if own == 0:
        return f"One of {np.sum(given == 0):,} at zero among {len(given):,} with a value."
    higher = int(np.sum(given > own))
    place_in_order = f"{ordinal(higher + 1)} highest" if higher else "Highest"
    return f"{place_in_order} of {len(given):,} with a value."


def _months(edition: Edition, state: State) -> Component:
    rows = edition.values(state.layer, state.unit, state.selected)
    rows = rows[rows["period"] <= state.period].tail(MONTHS)
    points = [Point(*row) for row in rows[["value", "low", "high"]].astype(float).itertuples(index=False)]
    first, last = rows["period"].iloc[0], rows["period"].iloc[-1]
    top = np.nanmax([0.0, *(point.value for point in points)])
    words = f"{month_words(first)} to {month_words(last)}: highest {readable(top)}, last {readable(points[-1].value)}."
    caption = html.Figcaption(
        [html.Span(month_words(first)), html.Span(f"up to {readable(top)}"), html.Span(month_words(last))]
    )
    return html.Figure([sparkline(points, words, len(points) - 1), caption])


def _components(parts: Mapping[str, float]) -> Component | None:
    if not parts:
        return None
    rows = [html.Tr([html.Th(plain(name), scope="row"), html.Td(readable(value))]) for name, value in parts.items()]
    return html.Table(html.Tbody(rows), className="parts")


def _records(
    edition: Edition, state: State, parts: pd.DataFrame, told: Mapping[str, Any], refusal: str
) -> list[Component]:
    if refusal:
        return [html.P(refusal, className="hint")]
    if parts.empty:
        return [html.P("No record bears on this value.")]
    facts = edition.fetch(sql("records"), {"ids": parts["record_id"].tolist()})
    rows = parts.merge(facts, on="record_id", how="left").sort_values("contribution", ascending=False, kind="stable")
    heads = ("Record", PERSONS.get(rows["table"].iloc[0], ""), "Place", "Share", "Weight", "Part")
    table = html.Table([_head(heads), html.Tbody([_record(row) for row in rows.head(SHOWN).to_dict("records")])])
    return [
        html.Div(table, className="scroll", tabIndex="0", role="region", **{"aria-label": "Records"}),
        _sum_line(rows, told),
        _quality(rows, state.unit),
    ]


def _head(names: Sequence[str]) -> Component:
    return html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))


def _record(row: Mapping[Any, Any]) -> Component:
    """Return one row; a record may also be a layer, where a layer is made of others."""
    inner = layers().get(row["record_id"])
    kind = inner.title if inner else plain(row["kind"])
    also = "".join(f" · also reported by {other['other_source']}" for other in row["also_reported_by"])
    named = html.Td([html.Span(kind), html.Small([html.Span(row["date"]), " ", html.Span(row["record_id"]), also])])
    facts = ("", "") if inner else (readable(row["persons"]), SUPPORT_WORDS.get(row["support"], row["support"]))
    numbers = (readable(row["share"]), readable(row["weight"]), readable(row["contribution"]))
    return html.Tr([named, *(html.Td(cell) for cell in (*facts, *numbers))])


def _sum_line(rows: pd.DataFrame, told: Mapping[str, Any]) -> Component:
    if told["not_additive"]:
        return html.P(told["not_additive"], className="hint")
    listed = f"; the {SHOWN} largest are listed" if len(rows) > SHOWN else ""
    records = counted(len(rows), NOUNS[rows["table"].iloc[0]])
    total = readable(float(rows["contribution"].sum()))
    return html.P(f"{records}{listed}. Together {total}, the value.", className="sum")


def _quality(rows: pd.DataFrame, unit: str) -> Component | None:
    """Say how much of the value rests on records whose place is coarser than the unit."""
    total = rows["contribution"].sum()
    if rows["support"].isna().all() or not total:
        return None
    part = rows.loc[rows["support"].isin(COARSER[unit]), "contribution"].sum() / total
    fine = f"All of the value comes from records placed at least as finely as {UNIT_NAMES[unit]}."
    coarse = f"{part:.0%} of the value comes from records placed more coarsely than {UNIT_NAMES[unit]}, shared out."
    return html.P(coarse if part else fine, className="flag" if part >= MUCH else "hint")


def _neighbours(edition: Edition, state: State, place: Place) -> Component:
    values, statuses = matrix(edition, state.layer, state.unit)
    month = edition.periods().index(state.period)
    units = edition.units(state.unit)
    near = units.index[units["id"].isin(edition.neighbours(state.unit, state.selected))]
    order = sorted(near, key=lambda idx: (-np.nan_to_num(values[idx, month], nan=-1.0), idx))
    shown = [place.idx, *order]
    top = float(np.nanmax([0.0, *values[shown, month]])) or 1.0
    bars = [
        _bar(units.loc[idx], float(values[idx, month]), int(statuses[idx, month]), top, own=idx == place.idx)
        for idx in shown
    ]
    return html.Ul(bars, className="bars")


def _bar(unit: "pd.Series[Any]", value: float, status: int, top: float, *, own: bool) -> Component:
    given = np.isfinite(value)
    words = readable(value) if given else STATUS_WORDS[list(STATUS_WORDS)[status]]
    name = (
        html.Strong(unit["name"]) if own else html.Button(unit["name"], className="link", **{"data-select": unit["id"]})
    )
    bar = html.Span(className="bar", style={"width": f"{100 * value / top if given else 0:.1f}%"})
    return html.Li([name, html.Span(words, className="number"), html.Span(bar, className="well")])
