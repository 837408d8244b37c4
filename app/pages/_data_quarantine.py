"""The browser of quarantined rows: which rules were broken, and, where the tier holds them, the rows themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import pandas as pd
from dash import html
from dash.development.base_component import Component

from app.pages._tables import Cell, table
from app.pages._words import counted
from app.statements import sql
from data_pipelines.edition import Edition
from data_pipelines.tables import Tier

ADDRESS = "/data/quarantine"
SHOWN = 50
HELD = {
    Tier.public: "This tier tells how many broke which rule; the restricted one why, the confidential one shows them.",
    Tier.restricted: "This tier tells why each was quarantined; the confidential tier shows the rows themselves.",
    Tier.confidential: "Each is shown as it stood in its file.",
}


class Asked(NamedTuple):
    """Which rows to show: of a source and a rule, empty for all, from a page that is 1 for the first."""

    source: str
    rule: str
    page: int


def asked_for(query: str, counts: pd.DataFrame) -> Asked:
    """Return what a query asks for; what there is not, it does not ask for."""
    given = dict(parse_qsl(query.removeprefix("?")))
    source = given.get("source", "") if given.get("source") in set(counts["source"]) else ""
    rule = given.get("rule", "") if given.get("rule") in set(counts["rule"]) else ""
    digits = given.get("page", "")
    page = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else 1
    last = -(-_number(counts, source, rule) // SHOWN)
    return Asked(source, rule, min(max(page, 1), max(last, 1)))


def _number(counts: pd.DataFrame, source: str, rule: str) -> int:
    own = counts[counts["source"].eq(source) | (source == "")]
    return int(own.loc[own["rule"].eq(rule) | (rule == ""), "n"].sum())


def quarantine_screen(edition: Edition, query: str) -> list[Component]:
    """Return the rules that were broken, with counts that are links, and one screen of rows."""
    counts = edition.fetch(sql("data_quarantine_counts"))
    told = edition.manifest["sources"]
    if counts.empty:
        rows_in = sum(facts["rows_in"] for facts in told.values())
        words = f"Each of the {rows_in:,} rows of its files went into a table, or stands in a newer file."
        return [html.Div([html.P("No row of this edition was quarantined."), html.P(words)], className="nothing")]
    asked = asked_for(query, counts)
    titles = {name: facts["title"] for name, facts in told.items()}
    return [
        html.P(
            "A row that breaks the contract of its source is kept with the reason, and is in no table and on no map. "
            f"{HELD[edition.tier]}"
        ),
        _rules(counts, titles, asked),
        *([_rows(edition, asked, _number(counts, asked.source, asked.rule))] if edition.tier > Tier.public else []),
    ]


def _address(asked: Asked) -> str:
    named = {"source": asked.source, "rule": asked.rule, "page": str(asked.page) if asked.page > 1 else ""}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{ADDRESS}?{query}" if query else ADDRESS


def _rules(counts: pd.DataFrame, titles: Mapping[str, str], asked: Asked) -> Component:
    rows: list[Sequence[Cell]] = [
        (
            _choice(titles.get(row["source"], row["source"]), Asked(row["source"], "", 1), asked),
            _choice(row["rule"], Asked(row["source"], row["rule"], 1), asked),
            f"{row['n']:,}",
        )
        for row in counts.to_dict("records")
    ]
    everything = _choice("All sources", Asked("", "", 1), asked)
    caption = "Quarantined rows by source and rule; choose one to see its rows"
    return table(caption, ("Source", "Rule", "Rows"), [*rows, (everything, "", f"{counts['n'].sum():,}")], numbers=(2,))


def _choice(words: str, choice: Asked, asked: Asked) -> Component:
    chosen = (choice.source, choice.rule) == (asked.source, asked.rule)
    return html.A(words, href=_address(choice), **({"aria-current": "true"} if chosen else {}))


def _rows(edition: Edition, asked: Asked, total: int) -> Component:
    first = (asked.page - 1) * SHOWN
    bound = {"source": asked.source, "rule": asked.rule, "most": SHOWN, "skip": first}
    found = edition.fetch(sql("data_quarantine_rows"), bound)
    has_raw = "raw" in found
    heads = ("File", "Line", "Rule", "Reason", *(("The row as it stood",) if has_raw else ()))
    rows = [_row(row, _file_names(edition), has_raw) for row in found.to_dict("records")]
    caption = f"Rows {first + 1:,} to {first + len(rows):,} of {counted(total, 'row')}"
    return html.Div([table(caption, heads, rows, numbers=(1,)), _paging(asked, total)])


def _file_names(edition: Edition) -> dict[str, str]:
    return {
        one["snapshot"]: one["file"] for facts in edition.manifest["sources"].values() for one in facts["snapshots"]
    }


def _row(row: Mapping[Any, Any], names: Mapping[str, str], has_raw: bool) -> Sequence[Cell]:
    known = (names.get(row["snapshot"], row["snapshot"]), f"{row['line']:,}", row["rule"], row["reason"])
    return (*known, html.Code(row["raw"], className="raw", tabIndex="0")) if has_raw else known


def _paging(asked: Asked, total: int) -> Component:
    last = -(-total // SHOWN)
    steps = (("Previous rows", asked.page - 1), ("Next rows", asked.page + 1))
    links = [
        html.A(words, href=_address(asked._replace(page=page)), className="button")
        for words, page in steps
        if 1 <= page <= last
    ]
    return html.Nav(links, className="exports", **{"aria-label": "More quarantined rows"}) if links else html.Div()
