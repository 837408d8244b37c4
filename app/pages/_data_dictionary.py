"""The data dictionary on screen: the pages that `forewatch dictionary` writes, as HTML."""

import re

from dash import html
from dash.development.base_component import Component

from app.pages._data_sources import link
from app.pages._tables import Cell, table, with_code
from data_pipelines.dictionary import TABLE_PREFIX, Document, Section, documents


def index_screen() -> list[Component]:
    """Return links to every page of the dictionary."""
    words = "What each source gives and each table holds: columns, units, licences, limits and how to cite it."
    of_sources = [page for name, page in documents().items() if not name.startswith(TABLE_PREFIX)]
    of_tables = [page for name, page in documents().items() if name.startswith(TABLE_PREFIX)]
    return [html.P(words), _list("Sources", of_sources), _list("Tables", of_tables)]


def _list(title: str, found: list[Document]) -> Component:
    lines = [html.Li([html.A(page.title, href=f"/data/{page.id}"), html.Small(page.lead)]) for page in found]
    return html.Section([html.H3(title), html.Ul(lines, className="index")])


def document_screen(name: str) -> list[Component]:
    """Return one page of the dictionary."""
    page = documents()[name]
    return [html.H3(page.title), html.P(page.lead, className="hint"), *(_section(each) for each in page.sections)]


def _section(section: Section) -> Component:
    parts: list[Component] = [html.P(with_code(paragraph)) for paragraph in section.paragraphs]
    if section.items:
        parts.append(html.Ul([html.Li(with_code(item)) for item in section.items], className="limits"))
    if section.grid:
        rows = [[_cell(cell) for cell in row] for row in section.grid.rows]
        parts.append(table(section.grid.caption, section.grid.heads, rows))
    return html.Section([html.H4(section.title), *parts])


def _cell(text: str) -> Cell:
    return link(text) if re.fullmatch(r"https?://\S+", text) else text
