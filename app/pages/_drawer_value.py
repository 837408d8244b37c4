"""A value as the drawer tells it: in figures and words, among the others, through time, and beside its neighbours."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from app.pages._methods_text import meanings_of
from app.pages._sparkline import Point, sparkline
from app.pages._words import STATUS_REASONS, STATUS_WORDS, ordinal, readable
from app.ranking import ranks
from app.state import State
from app.values import live, matrix
from app.variants import ABOVE, bearing
from app.wording import month_words
from data_pipelines.edition import Edition
from layers._layer import STATUSES, Layer, layer, needed
from layers._legend import class_of, classes
from layers._panel import Floats

MONTHS = 24


class Place(NamedTuple):
    """The unit a drawer is about: its place in the matrices and what is known of it."""

    idx: int
    name: str
    parent: str


class Opened(NamedTuple):
    """A view whose drawer is open, with all that it needs of the matrices of its layer.

    `painted` and `statuses` are of the month: one per unit, by idx.
    """

    edition: Edition
    state: State
    layer: Layer
    place: Place
    month: int
    painted: Floats
    statuses: "np.ndarray[Any, np.dtype[np.uint8]]"

    @classmethod
    def of(cls, edition: Edition, state: State) -> Self:
        """Return what the drawer of a view needs; the layer's value, whatever else of it the map shows."""
        values, statuses = matrix(edition, state.layer, state.unit, settings=state.settings)
        month = edition.periods().index(state.period)
        painted = values[:, month].astype(float)
        return cls(edition, state, layer(state.layer), _place(edition, state), month, painted, statuses[:, month])


def _place(edition: Edition, state: State) -> Place:
    units, level = edition.units(state.unit), "adm2" if state.unit == "cell" else "adm1"
    row = units[units["id"] == state.selected].to_dict("records")[0]
    parents = {unit["id"]: unit["name"] for unit in edition.units(level).to_dict("records")}
    parent = row["parent_id"]
    described = f"{parents[parent]} ({parent})" if parent in parents else row["iso3"]
    return Place(int(row["idx"]), str(row["name"]), str(described))


# ---- the value ----


def value(opened: Opened, told: Mapping[str, Any]) -> Component:
    """Return the value in figures or the words of its class, its band, its rank, and why it is not what it might be."""
    status, painted = STATUSES[opened.statuses[opened.place.idx]], opened.painted[opened.place.idx]
    heading = html.P(f"{opened.layer.title}, {month_words(opened.state.period)}", className="what")
    reason = html.P([html.Strong(f"{STATUS_WORDS[status]}. "), _reason(opened, status)]) if status != "ok" else None
    if np.isnan(painted):
        lines = [html.P(STATUS_WORDS[status] if reason else "No value", className="figure")]
    elif opened.layer.categories:
        lines = [*_class_lines(opened, int(painted), told), html.P(_rank(opened))]
    else:
        lines = [*_figure_lines(opened, told), html.P(_rank(opened))]
    return html.Section([heading, *lines, *([reason] if reason else [])], className="value")


def _reason(opened: Opened, status: str) -> str:
    """Return why a value has a status: as its layer says, where it does."""
    own = {meaning.words: meaning.reason for meaning in meanings_of(opened.layer.empty)[0]}
    return own.get(STATUS_WORDS[status], STATUS_REASONS[status])


def _class_lines(opened: Opened, painted: int, told: Mapping[str, Any]) -> list[Component]:
    chosen = opened.layer.categories[painted]
    swatch = html.Span(className="square", style={"background": chosen.colour}, **{"aria-hidden": "true"})
    number = f"{opened.layer.unit_of_value}: {readable(told['value'])}"
    return [html.P([swatch, html.Strong(chosen.words)], className="figure kind"), html.P(number), *_chance_line(opened)]


def _figure_lines(opened: Opened, told: Mapping[str, Any]) -> list[Component]:
    figure = [html.Strong(readable(told["value"])), html.Span(opened.layer.unit_of_value)]
    band = f"90 % band {readable(told['low'])} to {readable(told['high'])}"
    return [html.P(figure, className="figure"), html.P(band), *_chance_line(opened)]


def _chance_line(opened: Opened) -> list[Component]:
    state, idx = opened.state, opened.place.idx
    if state.show.what != ABOVE:
        return []
    chances, _ = matrix(opened.edition, state.layer, state.unit, state.show, state.settings)
    unit = f"({opened.layer.unit_of_value})" if opened.layer.categories else opened.layer.unit_of_value
    above = f"{readable(state.show.threshold)} {unit}"
    return [html.P(f"Chance above {above}: {readable(float(chances[idx, opened.month]))} %")]


def _rank(opened: Opened) -> str:
    state, idx, own = opened.state, opened.place.idx, opened.painted[opened.place.idx]
    given = opened.painted[np.isfinite(opened.painted)]
    if opened.layer.categories:
        return f"One of {np.sum(given == own):,} in this class among {len(given):,} with a value."
    drawn = ranks(opened.edition, state.layer, state.unit, state.period, state.settings)
    if drawn is not None:
        band = f"90 % band {readable(drawn.low[idx])} to {readable(drawn.high[idx])}"
        share = f"in the top ten in {100 * drawn.top_ten[idx]:.0f} % of draws"
        return f"Rank {readable(drawn.rank[idx])} of {len(given):,}; {band}; {share}."
    if own == 0:
        return f"One of {np.sum(given == 0):,} at zero among {len(given):,} with a value."
    higher = int(np.sum(given > own))
    place_in_order = f"{ordinal(higher + 1)} highest" if higher else "Highest"
    return f"{place_in_order} of {len(given):,} with a value."


# ---- through time ----


def months(opened: Opened) -> Component:
    """Return a chart of the last 24 months with their bands."""
    points, periods = _points(opened), opened.edition.periods()
    shown = slice(max(0, opened.month + 1 - MONTHS), opened.month + 1)
    points, first, last = points[shown], periods[shown][0], periods[shown][-1]
    banded = any(point.high > point.low for point in points)
    if opened.layer.categories and not banded:  # a number without a band is the name of a class, or its chance
        points = [point._replace(value=point.value * 0 + 1, low=np.nan, high=np.nan) for point in points]
        told = "Colours as in the legend."
    elif not any(np.isfinite(point.value) for point in points):
        told = "No month has a value."
    else:
        reach = _reach([point.value for point in points])
        told = f"{reach}; last {readable(points[-1].value)}.{' Shaded: the 90 % band.' if banded else ''}"
    words = f"{month_words(first)} to {month_words(last)}. {told}"
    caption = html.Figcaption([html.Span(month_words(first)), html.Span(month_words(last))])
    return html.Figure([sparkline(points, words, len(points) - 1), caption, html.P(told, className="hint")])


def _reach(numbers: list[float]) -> str:
    """Return between which numbers columns reach that stand on zero or hang from it."""
    least, most = float(np.nanmin([0.0, *numbers])), float(np.nanmax([0.0, *numbers]))
    return f"From {readable(least)} to {readable(most)}" if least < 0 else f"Up to {readable(most)}"


def _points(opened: Opened) -> list[Point]:
    """Return every month's value and band, with the colour of its class where the layer sorts into kinds."""
    edition, state, idx = opened.edition, opened.state, opened.place.idx
    of = bearing(state.settings, needed(state.layer))
    if of:
        found = live(edition, state.layer, state.unit, of)
        rows = np.column_stack([found.value[idx], found.low[idx], found.high[idx]])
    else:
        rows = edition.values(state.layer, state.unit, state.selected)[["value", "low", "high"]].to_numpy(float)
    if not opened.layer.categories:
        return [Point(*row) for row in rows.tolist()]
    painted, _ = matrix(edition, state.layer, state.unit, settings=of)
    colours = ["", *(one.colour for one in opened.layer.categories)]
    places = class_of(painted[idx], opened.layer) + 1
    return [Point(value, low, high, colours[place]) for (value, low, high), place in zip(rows, places, strict=True)]


# ---- beside its neighbours ----


def neighbours(opened: Opened) -> Component:
    """Return the unit and those that touch it: bars, from a middle where values have a sign, or words of classes."""
    state, own = opened.state, opened.place.idx
    units = opened.edition.units(state.unit)
    near = units.index[units["id"].isin(opened.edition.neighbours(state.unit, state.selected))]
    order = sorted(near, key=lambda idx: (-np.nan_to_num(opened.painted[idx], nan=-np.inf), idx))
    shown = [own, *order]
    least, most = np.nanmin([0.0, *opened.painted[shown]]), np.nanmax([0.0, *opened.painted[shown]])
    bars = [_bar(opened, units.loc[idx], (float(least), float(most))) for idx in shown]
    return html.Ul(bars, className="bars")


def _bar(opened: Opened, unit: "pd.Series[Any]", span: tuple[float, float]) -> Component:
    painted, status = opened.painted[unit["idx"]], STATUSES[opened.statuses[unit["idx"]]]
    name = (
        html.Strong(unit["name"])
        if unit["idx"] == opened.place.idx
        else html.Button(unit["name"], className="link", **{"data-select": unit["id"]})
    )
    if np.isnan(painted):
        return html.Li([name, html.Span(STATUS_WORDS[status], className="number"), html.Span(className="well")])
    if opened.layer.categories:
        kind = classes(opened.layer)[int(painted)]
        swatch = html.Span(className="square", style={"background": kind.colour}, **{"aria-hidden": "true"})
        return html.Li([name, html.Span([swatch, kind.label], className="kind")])
    bar = html.Span(className="bar", style=_extent(painted, *span))
    return html.Li([name, html.Span(readable(painted), className="number"), html.Span(bar, className="well")])


def _extent(number: float, least: float, most: float) -> dict[str, str]:
    """Return where a bar begins and how long it is; both ends of all bars fit, and zero is one place for all."""
    room = (most - least) or 1.0
    return {
        "marginInlineStart": f"{100 * (min(number, 0.0) - least) / room:.1f}%",
        "width": f"{100 * abs(number) / room:.1f}%",
    }
