"""The data behind the map: every source with its age, terms and row account, the quarantine, and the dictionary."""

from collections.abc import Collection

import dash
from dash import html
from dash.development.base_component import Component

from app.pages._data_counted import counted_once
from app.pages._data_dictionary import document_screen, index_screen
from app.pages._data_quarantine import quarantine_screen
from app.pages._data_sources import sources_screen
from app.pages._page import Page
from app.pinned import Current
from app.state import Restored
from app.wording import day_words
from data_pipelines.dictionary import documents
from data_pipelines.edition import Edition

SCREENS = (("", "Sources"), ("quarantine", "Quarantine"), ("dictionary", "Dictionary"))


def layout(edition: Edition, restored: Restored) -> Component:
    """Return one of the page's screens: the sources, the quarantined rows, the dictionary or one page of it."""
    told = edition.manifest
    line = f"Edition {edition.id}, known on {day_words(told['known_on'])}, built on {day_words(told['built_at'])}."
    head = html.Header([html.H2("Data"), html.P(line, className="hint"), _screens(restored.part)])
    return html.Div([head, *_screen(edition, restored)], className="words")


def _screen(edition: Edition, restored: Restored) -> list[Component]:
    if restored.part == "":
        return [*sources_screen(edition), counted_once(edition)]
    if restored.part == "quarantine":
        return quarantine_screen(edition, restored.query)
    return index_screen() if restored.part == "dictionary" else document_screen(restored.part)


def _screens(part: str) -> Component:
    here = part if part in dict(SCREENS) else "dictionary"
    links = [
        html.A(words, href=f"/data/{name}".rstrip("/"), **({"aria-current": "page"} if name == here else {}))
        for name, words in SCREENS
    ]
    return html.Nav(links, className="screens", **{"aria-label": "Screens of the data page"})


def parts() -> Collection[str]:
    """Return what the address may go on with after ``/data/``."""
    return {name for name, _ in SCREENS if name} | documents().keys()


def register(_app: dash.Dash, _current: Current) -> None:
    """Add nothing: every screen has an address of its own."""


PAGE = Page("data", "Data", "/data", 20, layout, register, parts)
