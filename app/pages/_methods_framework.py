"""The framework lens: the fourteen risk factors, how far data measure each, and the layers that do."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.pages._methods_layer import grade_chip
from app.pages._tables import Cell, table
from app.pages._words import counted
from app.state import choices
from app.wording import CONSISTENT_WITH, month_words
from data_pipelines.edition import Edition
from layers._layer import Layer, RiskFactor, layers
from layers.framework import DOCUMENT, FRAMEWORK, GRADES, GROUPS, NOT_MEASURABLE, Factor

NOT_A_FINDING = (
    f"{CONSISTENT_WITH} A layer is listed under a risk factor because what it counts is consistent with one of that "
    "factor's indicators; whether the factor is present, and what follows, is for people to judge."
)


def framework_screen(edition: Edition) -> list[Component]:
    """Return the fourteen risk factors in the groups of the Framework; those that no data measure stand among them."""
    return [
        html.P(f"The risk factors of the {DOCUMENT}, and what this map can and cannot say of each."),
        html.P(NOT_A_FINDING, className="finding"),
        _tally(),
        *(_group(edition, title, numbers) for title, numbers in GROUPS.items()),
    ]


def _tally() -> Component:
    grades = [factor.grade for factor in FRAMEWORK.values()]
    lines = [
        html.Li([grade_chip(grade), f" {counted(grades.count(grade), 'risk factor')}: {meaning}"])
        for grade, meaning in GRADES.items()
    ]
    return html.Ul(lines, className="index")


def _group(edition: Edition, title: str, numbers: Sequence[int]) -> Component:
    rows = [_factor(edition, number, FRAMEWORK[number]) for number in numbers]
    heads = ("Risk factor", "Data", "What data can say", "Layers, and what in them is consistent with it")
    return html.Section([html.H3(title), table(f"{title}: risk factors and layers", heads, rows)], className="lens")


def _factor(edition: Edition, number: int, factor: Factor) -> Sequence[Cell]:
    title = html.Span(f"{number}. {factor.title}", id=f"factor-{number}", className="factor")
    return title, grade_chip(factor.grade), factor.note, _layers(edition, number, factor)


def _layers(edition: Edition, number: int, factor: Factor) -> Cell:
    if factor.grade == NOT_MEASURABLE:
        return html.Span("No layer: this gap stays open.", className="nothing-here")
    bearing = [(layer, risk) for layer in layers().values() for risk in layer.risk_factors if risk.number == number]
    ordered = sorted(bearing, key=lambda pair: pair[1].grade)  # measured before proxy
    return html.Ul([_bearing(edition, layer, risk) for layer, risk in ordered], className="bearing")


def _bearing(edition: Edition, layer: Layer, risk: RiskFactor) -> Component:
    newest = choices(edition).newest.get(layer.id)
    state = f"newest value {month_words(newest)}" if newest else "no value in this edition"
    links = [
        html.A("method", href=f"/methods/{layer.id}", **{"aria-label": f"Method of {layer.title}"}),
        " · ",
        html.A("map", href=f"/?l={layer.id}", **{"aria-label": f"Map of {layer.title}"}),
    ]
    head = html.Span([html.Strong(layer.title), f" ({risk.grade}): {risk.indicator}"])
    return html.Li([head, html.Small([*links, f" · {state}"])])
