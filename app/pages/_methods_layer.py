"""One layer in full: what it shows, how it is computed with which numbers, and what it rests on."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.pages._data_sources import chip
from app.pages._methods_legend import legend, meanings
from app.pages._methods_text import broken, cited, formula_of, is_equation, typeset, with_names
from app.pages._tables import Cell, table
from app.wording import number
from data_pipelines.edition import Edition
from layers._layer import Layer, Parameter, RiskFactor, families, layers
from layers.framework import FRAMEWORK

FAMILY_WORDS = {
    "incidents": "Incidents",
    "other_incidents": "Incidents of another provider",
    "other_counts": "Counts by another provider",
    "displacement": "Displaced persons",
    "sites": "Protected sites",
    "population": "Residents",
}
CHANCE = (
    "The map can also show the chance that the value is above a number of your choice: the part of the draws that are."
)
LIVE = "Parameters marked live can be changed on the map as well; the others are changed in forewatch.toml for a build."
AROUND = "A value also rests on records of other units around it."
ADDS_UP = "Yes: what a value is made of is listed with share, weight and contribution, and contributions sum to it."


def method(edition: Edition, layer: Layer, alone: bool = False) -> Component:
    """Return one layer, everything about it as its file says it, with the numbers that this edition was built with."""
    return html.Article(
        [_head(layer, alone), html.Div([_words(edition, layer), _facts(edition, layer)], className="halves")],
        id=layer.id,
        className="source method",
        **{"aria-labelledby": f"{layer.id}-title"},
    )


def _head(layer: Layer, alone: bool) -> Component:
    other = html.A("All layers", href="/methods") if alone else html.A("This layer alone", href=f"/methods/{layer.id}")
    links = [html.A("Show it on the map", href=f"/?l={layer.id}"), other]
    unit = html.P(["Value in ", html.Strong(layer.unit_of_value), " · id ", html.Code(layer.id)], className="hint")
    title = html.H3(layer.title, id=f"{layer.id}-title")
    return html.Header([html.Div([title, unit]), html.Nav(links, **{"aria-label": f"Elsewhere: {layer.title}"})])


def _part(title: str, *children: Component) -> Component:
    return html.Section([html.H4(title), *children])


def _words(edition: Edition, layer: Layer) -> Component:
    formula = formula_of(layer.formula)
    parts = [
        _part("What it shows", html.P(layer.shows)),
        _part("What it does not show", html.P(layer.shows_not, className="caution")),
        _part("How the value is computed", *_clauses(formula.value)),
    ]
    if formula.band or layer.chance:
        parts.append(_part("Low and high", *_clauses(formula.band), *([html.P(CHANCE)] if layer.chance else [])))
    if formula.records:
        parts.append(_part("Number of records, n", *_clauses(formula.records)))
    if formula.beside:
        parts.append(_part("Beside the value", *_clauses(formula.beside)))
    parts += [_parameters(edition, layer), _part("Zero, and places without a value", *meanings(layer))]
    return html.Div([*parts, _literature(layer)], className="text")


def _clauses(clauses: Sequence[str]) -> list[Component]:
    """Return equations as lines of their own and what is told about them as sentences."""
    return [
        html.Code(typeset(clause), className="equation") if is_equation(clause) else html.P(_sentence(clause))
        for clause in clauses
    ]


def _sentence(clause: str) -> list[Cell]:
    is_symbol = clause[1:2] == " "  # c and C are two things
    told = clause if is_symbol else clause[:1].upper() + clause[1:]
    return typeset(f"{told}.")


def _parameters(edition: Edition, layer: Layer) -> Component:
    if not layer.parameters:
        return _part("Parameters", html.P("It has none."))
    here = edition.manifest["parameters"].get(layer.id, {})
    rows = [_parameter(one, here.get(one.name), one.name in layer.live) for one in layer.parameters]
    heads = ("Parameter", "Here", "Default", "Bounds", "Unit", "Meaning")
    caption = f"Parameters of {layer.title}, and their values in this edition"
    note = [html.P(LIVE, className="hint")] if layer.live else []
    return _part("Parameters", table(caption, heads, rows, numbers=(1, 2, 3)), *note)


def _parameter(one: Parameter, here: float | None, live: bool) -> Sequence[Cell]:
    value = "–" if here is None else number(here)
    changed = here is not None and here != one.default
    return (
        html.Span([html.Code(broken(one.name)), *([" ", html.Span("live", className="chip live")] if live else [])]),
        html.Strong(value) if changed else value,
        number(one.default),
        f"{number(one.low)} to {number(one.high)}",
        "" if one.unit == "1" else one.unit,
        html.Span(with_names(one.meaning)),
    )


def _literature(layer: Layer) -> Component:
    return _part("Literature", html.Ul([html.Li(work) for work in cited(layer.reference)], className="limits"))


def _facts(edition: Edition, layer: Layer) -> Component:
    factors = html.Ul([_factor(risk) for risk in layer.risk_factors], className="factors")
    return html.Div(
        [
            _part("Colours", legend(layer)),
            _part("Risk factors", factors),
            _part("Records it rests on", *_records(edition, layer)),
            _part("Do contributions sum to the value?", html.P(_adds_up(layer))),
        ],
        className="facts",
    )


def _factor(risk: RiskFactor) -> Component:
    title = html.A(f"{risk.number}. {FRAMEWORK[risk.number].title}", href=f"/methods/framework#factor-{risk.number}")
    return html.Li([grade_chip(risk.grade), title, html.Small(risk.indicator)])


def grade_chip(grade: str) -> Component:
    """Return how far a risk factor is measured, as a coloured word."""
    return html.Span(grade, className=f"chip {grade.split(maxsplit=1)[0]}")


def _records(edition: Edition, layer: Layer) -> list[Component]:
    """Return each family of records with the sources of this edition that speak of it, and the layers it is made of."""
    rows = [
        part
        for family in FAMILY_WORDS
        if family in families(layer)
        for part in (html.Dt(FAMILY_WORDS[family]), html.Dd(_speakers(edition, family)))
    ]
    made = [html.Dt("Made of the layers"), html.Dd(_inputs(layer))] if layer.inputs else []
    around = [html.P(AROUND, className="hint")] if layer.surroundings else []
    return [html.Dl([*rows, *made], className="records"), *around, *_withheld(layer)]


def _speakers(edition: Edition, family: str) -> Component:
    told = edition.manifest["sources"]
    names = [name for name in sorted(told) if any(feed["family"] == family for feed in told[name]["feeds"])]
    if not names:
        return html.Span("No source of this edition", className="nothing-here")
    return html.Ul([html.Li([_source(edition, name), " ", chip(edition.standings[name].state)]) for name in names])


def _source(edition: Edition, name: str) -> Component:
    return html.A(edition.manifest["sources"][name]["title"], href=f"/data/{name}")


def _inputs(layer: Layer) -> Component:
    return html.Ul([html.Li(html.A(layers()[name].title, href=f"/methods/{name}")) for name in layer.inputs])


def _withheld(layer: Layer) -> list[Component]:
    if not layer.k_public:
        return []
    words = f"In the public tier a value is suppressed where a unit holds fewer than {layer.k_public} protected sites."
    return [html.P(words, className="hint")]


def _adds_up(layer: Layer) -> str:
    return f"No. {layer.not_additive}" if layer.not_additive else ADDS_UP
