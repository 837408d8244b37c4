"""The first screen of the Data page: every source of the edition, how old it is and what became of its rows."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component

from app.attribution import age_words, known_through
from app.pages._data_gaps import gap_sentences, spoken
from app.pages._tables import Cell, table, with_code
from app.pages._words import counted
from app.statements import sql
from app.wording import STATE_WORDS, day_words, month_words, standing_words
from data_pipelines.dictionary import TABLE_PREFIX, documents
from data_pipelines.edition import Edition
from layers._layer import layers

COUNTS = ("rows_in", "loaded", "quarantined", "superseded")


def sources_screen(edition: Edition) -> list[Component]:
    """Return the overview, each source in full, what is nowhere on the map, and what could be added."""
    told = edition.manifest["sources"]
    return [
        _stale(edition),
        _overview(edition),
        html.H3("Each source"),
        *(_source(edition, name, gaps) for name, gaps in _gaps(edition).items()),
        _unplaced(edition),
        _guards(edition.manifest.get("guards", [])),
        _not_loaded(set(told)),
    ]


def _stale(edition: Edition) -> Component:
    """Return which layers are stale, by the source that is late."""
    late: dict[str, list[str]] = {}
    for layer in layers().values():
        for name in edition.late_sources(layer.id):
            late.setdefault(name, []).append(layer.title)
    if not late:
        return html.Div()
    told = edition.manifest["sources"]
    lines = [
        html.Li([html.Strong(told[name]["title"]), f", {age_words(edition, name)}: {', '.join(titles)}."])
        for name, titles in sorted(late.items())
    ]
    words = "Layers are stale, as sources that they rest on are long overdue:"
    return html.Section([html.P(html.Strong(words)), html.Ul(lines)], className="warning")


def chip(state: str) -> Component:
    """Return a freshness as a coloured word."""
    return html.Span(STATE_WORDS[state], className=f"chip {state}")


def _overview(edition: Edition) -> Component:
    told = edition.manifest["sources"]
    rows: list[Sequence[Cell]] = [_overview_row(edition, name) for name in sorted(told)]
    total = [f"{sum(facts[key] for facts in told.values()):,}" for key in COUNTS]
    heads = (
        "Source",
        "Freshness",
        "Known through",
        "Last received",
        "Rows in",
        "= loaded",
        "+ quarantined",
        "+ superseded",
    )
    caption = f"Sources of this edition, judged on {day_words(edition.judged_on.isoformat())}"
    if edition.manifest["synthetic"]:
        caption += ", the day its newest file was known: an invented country does not age with the calendar"
    return table(caption, heads, [*rows, ["Together", "", "", "", *total]], numbers=(4, 5, 6, 7))


def _overview_row(edition: Edition, name: str) -> Sequence[Cell]:
    facts, through = edition.manifest["sources"][name], known_through(edition, name)
    quarantined: Cell = f"{facts['quarantined']:,}"
    if facts["quarantined"]:
        quarantined = html.A(quarantined, href=f"/data/quarantine?source={name}")
    return (
        html.Span([html.A(facts["title"], href=f"#{name}"), html.Small(facts["provider"])]),
        chip(edition.standings[name].state),
        _unbroken(month_words(through)) if through else "–",
        _unbroken(day_words(_received(facts))),
        f"{facts['rows_in']:,}",
        f"{facts['loaded']:,}",
        quarantined,
        f"{facts['superseded']:,}",
    )


def _unbroken(words: str) -> str:
    return words.replace(" ", "\u00a0")


def _received(facts: dict[str, Any]) -> str:
    return max(str(snapshot["received_at"]) for snapshot in facts["snapshots"])


def _gaps(edition: Edition) -> dict[str, list[str]]:
    found, names = spoken(edition), edition.manifest["country_names"]
    return {name: gap_sentences(found.get(name, {}), names) for name in sorted(edition.manifest["sources"])}


def _source(edition: Edition, name: str, gaps: Sequence[str]) -> Component:
    facts, standing = edition.manifest["sources"][name], edition.standings[name]
    known = f"Newest file known on {day_words(standing.known_at.isoformat())}"
    where = f" (the country furthest behind is {standing.country})" if standing.country else ""
    told: tuple[tuple[str, Cell], ...] = (
        ("Provider", facts["provider"]),
        ("Home page", link(facts["url"])),
        ("Licence", facts["licence"]),
        ("Terms", facts["terms"]),
        ("Cite as", facts["citation"]),
        ("Freshness", f"{known}{where}; {standing_words(standing)}"),
        ("Months", html.Ul([html.Li(line) for line in gaps]) if gaps else "not about months"),
        ("Known limits", html.Ul([html.Li(caveat) for caveat in facts["caveats"]])),
    )
    pairs = [part for head, cell in told for part in (html.Dt(head), html.Dd(cell))]
    heading = html.H4([facts["title"], " ", chip(standing.state)])
    contract = html.P(html.A("Its columns, units and terms in the dictionary", href=f"/data/{name}"))
    return html.Article([heading, html.Dl(pairs), _files(facts["snapshots"]), contract], id=name, className="source")


def link(url: str) -> Cell:
    """Return an address as a link where it is one of the web, as text otherwise."""
    if urlsplit(url).scheme not in ("http", "https"):
        return url
    return html.A(url, href=url, rel="noopener noreferrer", target="_blank")


def _files(snapshots: Sequence[dict[str, Any]]) -> Component:
    rows = [_file(one) for one in sorted(snapshots, key=lambda one: (one["known_at"], one["file"]), reverse=True)]
    heads = ("File", "Holds", "Known on", "Received", "Bytes", "SHA-256")
    noted = [html.Li([html.Strong(f"{one['file']}: "), note]) for one in snapshots for note in one["notes"]]
    inner = [table("Files that were read", heads, rows, numbers=(4,)), *([html.Ul(noted)] if noted else [])]
    notes = f", {counted(len(noted), 'note')}" if noted else ""
    return html.Details([html.Summary(f"{counted(len(snapshots), 'file')}{notes}"), *inner])


def _file(one: dict[str, Any]) -> Sequence[Cell]:
    short = html.Details([html.Summary(html.Code(f"{one['sha256'][:12]}…")), html.Code(one["sha256"])])
    days = (day_words(str(one["known_at"])), day_words(str(one["received_at"])))
    return one["file"], one["series"], *days, f"{one['bytes']:,}", short


def _unplaced(edition: Edition) -> Component:
    rows = edition.fetch(sql("briefing_unplaced")).to_dict("records")
    if not rows:
        return html.Section([html.H3("Not on the map"), html.P("Every record of this edition has its place.")])
    cells = [(row["reason"], row["source"], f"{row['n']:,}") for row in rows]
    told = table("Records that lie in no unit, by reason", ("Reason", "Source", "Records"), cells, numbers=(2,))
    words = "These records are loaded and counted, but no unit can be given to them."
    return html.Section([html.H3("Not on the map"), html.P(words), told])


def _guards(guards: Sequence[dict[str, Any]]) -> Component:
    if not guards:
        return html.Div()
    cells = [
        (one["snapshot"], one["guard"], one["found"], one["limit"], one["override"]["reason"], one["override"]["by"])
        for one in guards
    ]
    heads = ("File", "Guard", "Found", "But", "Let through because", "By")
    words = "These files differ from those before them by more than a guard allows; somebody let them through."
    return html.Section([html.H3("Guards overridden"), html.P(words), table("Guards overridden", heads, cells)])


def _not_loaded(loaded: set[str]) -> Component:
    others = [page for name, page in documents().items() if not name.startswith(TABLE_PREFIX) and name not in loaded]
    if not others:
        return html.Div()
    rows: list[Sequence[Cell]] = [
        (html.A(page.title, href=f"/data/{page.id}"), page.lead, html.Span(with_code(page.sections[1].paragraphs[0])))
        for page in others
    ]
    told = table("Sources that this edition does not hold", ("Source", "From", "How to add it"), rows)
    return html.Section([html.H3("Not in this edition"), told])
