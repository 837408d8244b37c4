"""The data dictionary: one page per source and one per table, written from the very contracts that are enforced.

A page is a `Document`, which is text and tables and nothing else; the command line writes it as Markdown, the app shows
it as HTML.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from data_pipelines._source import Field, Source, sources
from data_pipelines.tables import TABLES, Table

TABLE_PREFIX = "tables/"
COUNTRY = "SDN"
"""Stands in examples of commands."""
MARKUP = re.compile(r"[\\*<>|\[\]]|(?<!\w)_|_(?!\w)")
"""Signs that Markdown would take for markup; an underscore inside a name is none."""


class Grid(NamedTuple):
    """A table of text: its caption, its column heads, its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(NamedTuple):
    """A part of a page under its own heading: paragraphs, items of a list, and a table where there is one."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    grid: Grid | None = None


class Document(NamedTuple):
    """One page: its id, which is its address, its title, one sentence on what it is about, and its sections."""

    id: str
    title: str
    lead: str
    sections: tuple[Section, ...]


@cache
def documents() -> dict[str, Document]:
    """Return every page by id: sources by theirs, then tables as ``tables/NAME``."""
    pages = [source_page(each) for each in sources().values()] + [table_page(each) for each in TABLES.values()]
    return {page.id: page for page in pages}


def source_page(source: Source) -> Document:
    """Return what is to be known of a source before its data are used."""
    return Document(
        id=source.id,
        title=source.title,
        lead=f"From {source.provider}; the source is called {source.id}.",
        sections=(
            Section(
                "Terms of use", grid=Grid("Whose it is, and what may be done with it", ("What", "Says"), _terms(source))
            ),
            Section("How to get it", how_to_get(source)),
            Section("Known limits", items=source.caveats),
            _fields(source),
            _unread(source),
        ),
    )


def _terms(source: Source) -> tuple[tuple[str, str], ...]:
    """Return what a user of the data has to know, as pairs."""
    tables = ", ".join(source.tables) or "none: it is a raster, which shares people out within areas"
    return (
        ("Provider", source.provider),
        ("Home page", source.url),
        ("Licence", source.licence),
        ("Terms", source.terms),
        ("Cite as", source.citation),
        ("Rows may be handed on", "yes" if source.may_pass_on else "no: only what is computed from them is exported"),
        ("New issue", f"every {source.cadence_days:,} days" if source.cadence_days else "none: it was issued once"),
        ("Rows go into", tables),
    )


def how_to_get(source: Source) -> tuple[str, ...]:
    """Return in sentences how a file of a source comes into a workspace."""
    add = f"forewatch add {source.id} FILE --iso3 {COUNTRY}"
    if source.fetch is None:
        return (f"Download a file from {source.url} and take it in with `{add}`; it cannot be fetched by a program.",)
    sentences = [
        f"Fetch it with `forewatch fetch {source.id} --iso3 {COUNTRY}`, or take in a file of your own with `{add}`.",
        f"Only these hosts are asked: {', '.join(source.hosts)}.",
    ]
    if source.keys:
        sentences.append(f"It needs a key, in the environment or the secrets file: {', '.join(source.keys)}.")
    return tuple(sentences)


def _fields(source: Source) -> Section:
    if not source.fields:
        return Section("Columns that are read", ("The file is no table of columns.",))
    heads = ("Column", "Kind", "Unit", "Meaning", "Required")
    grid = Grid("Columns of the provider's file", heads, tuple(_field(each) for each in source.fields))
    note = "A file that lacks a required column, or has another kind of value in one, is refused."
    return Section("Columns that are read", (note,), grid=grid)


def _field(field: Field) -> tuple[str, ...]:
    now, *others = field.names
    named = f"{now} (also {', '.join(others)})" if others else now
    return named, field.kind, field.unit, field.meaning, "yes" if field.required else "no"


def _unread(source: Source) -> Section:
    words = ", ".join(source.known) or "none that are known"
    return Section("Columns that are not read", (f"{words}.", "Any other column is reported as new when a file comes."))


def table_page(table: Table) -> Document:
    """Return the contract of a table."""
    heads = ("Column", "Type", "Unit", "Meaning", "May be empty", "Lowest tier")
    rows = tuple((c.name, c.type, c.unit, c.meaning, "yes" if c.null else "no", c.tier.name) for c in table.columns)
    key = ", ".join(table.key) or "none: rows may repeat"
    filled = "sources, each row once" if table.staged else "the build, from other tables"
    return Document(
        id=f"{TABLE_PREFIX}{table.name}",
        title=f"Table {table.name}",
        lead=f"One row is {table.grain}.",
        sections=(
            Section("Contract", grid=Grid("Contract", ("What", "Says"), (("Key", key), ("Filled by", filled)))),
            Section("Columns", grid=Grid(f"Columns of {table.name}", heads, rows)),
        ),
    )


def write(folder: Path) -> list[Path]:
    """Write every page as Markdown, and an index; return the files.

    Parameters
    ----------
    folder
        Where to; created if absent. Files of the same names are replaced.
    """
    files = {f"{page.id}.md": markdown(page) for page in documents().values()} | {"README.md": _index()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _index() -> str:
    links = {
        page.id: f"- [{_escaped(page.title)}]({page.id}.md): {_escaped(page.lead)}" for page in documents().values()
    }
    of_sources = [link for name, link in links.items() if not name.startswith(TABLE_PREFIX)]
    of_tables = [link for name, link in links.items() if name.startswith(TABLE_PREFIX)]
    return "\n".join(["# Data dictionary", "", "## Sources", "", *of_sources, "", "## Tables", "", *of_tables, ""])


def markdown(page: Document) -> str:
    """Return a page as Markdown; what would be markup in it is shown as it stands."""
    parts = [f"# {_escaped(page.title)}", _escaped(page.lead)]
    for section in page.sections:
        parts += [f"## {_escaped(section.title)}", *map(_escaped, section.paragraphs)]
        if section.items:
            parts.append("\n".join(f"- {_escaped(item)}" for item in section.items))
        if section.grid:
            parts.append(_rows([section.grid.heads, ("---",) * len(section.grid.heads), *section.grid.rows]))
    return "\n\n".join(parts) + "\n"


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cell if cell == '---' else _escaped(cell) for cell in row)} |" for row in rows)


def _escaped(text: str) -> str:
    """Return text with the signs escaped that Markdown would take for markup; commands in backticks stay."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") else MARKUP.sub(r"\\\g<0>", piece) for piece in pieces)
