"""How one record from two providers is counted once: for every table the rule, and whose records are counted where."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.pages._tables import table
from data_pipelines.edition import Edition

EVERYWHERE = "*"


def counted_once(edition: Edition) -> Component:
    """Return the section that says which provider is counted, by which rule, and who stands beside."""
    told = edition.manifest.get("primary", {})
    rows = [
        [name.replace("_", " "), facts["rule"], ", ".join(facts["order"]), _whose(facts)]
        for name, facts in told.items()
    ]
    heads = ("Table", "Rule", "Order", "Here")
    beside = told.get("incidents", {})
    matched = [f"{n:,} of them are also reported by {source}." for source, n in beside.get("also_reported", {}).items()]
    words = [beside.get("also_reported_rule", ""), *matched]
    return html.Section(
        [html.H3("Counted once"), table("Providers that report the same", heads, rows), html.P(" ".join(words))]
    )


def _whose(facts: Mapping[str, Any]) -> str:
    """Return whose records are counted in this edition, and whose are not, country by country."""
    sentences = [
        f"{'' if country == EVERYWHERE else country + ': '}{source} is counted{_not_also(facts, country)}"
        for country, source in facts["counted"].items()
    ]
    return "; ".join(sentences) or "by the rule"


def _not_also(facts: Mapping[str, Any], country: str) -> str:
    others = facts["not_counted"].get(country, [])
    return f", {', '.join(others)} not" if others else ""
