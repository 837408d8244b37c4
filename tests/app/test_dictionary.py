"""The data dictionary: a complete page for every source and table, the same in Markdown and on screen."""

import re
from html import unescape

import pytest

from app.pages._data_dictionary import document_screen, index_screen
from app.pages.data import parts
from data_pipelines._source import FIELD_KINDS, Field, Source, sources
from data_pipelines.dictionary import TABLE_PREFIX, Document, documents, markdown, source_page, write
from data_pipelines.tables import TABLES
from tests.command import forewatch


def texts(component: object) -> str:
    """All words of a component, in order."""
    if component is None or isinstance(component, str | int | float):
        return "" if component is None else str(component)
    if isinstance(component, list | tuple):
        return " ".join(texts(one) for one in component)
    return texts(getattr(component, "children", None))


def cells(page: Document) -> list[str]:
    return [cell for section in page.sections if section.grid for row in section.grid.rows for cell in row]


# ---- every source is described in full ----


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_source_says_whose_it_is_under_which_terms_how_to_cite_it_and_what_it_does_not_hold(source):
    assert re.match(r"https?://\S+$", source.url)
    for words in (source.title, source.provider, source.licence, source.terms, source.citation):
        assert len(words.strip()) > 2
        assert words == words.strip()
    assert source.cadence_days >= 0
    assert source.caveats
    assert all(caveat.endswith(".") and len(caveat) > 20 for caveat in source.caveats)


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_source_describes_every_column_it_reads_with_its_unit_where_it_is_measured(source):
    if source.tables:  # a raster has no columns
        assert source.fields
    for field in source.fields:
        assert field.names
        assert field.kind in FIELD_KINDS
        assert len(field.meaning) > 5, field.id
        if field.kind == "number":
            assert field.unit, field.id
    ids = [field.id for field in source.fields]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_source_that_can_be_fetched_names_the_hosts_it_asks_and_the_keys_it_needs(source):
    assert (source.fetch is None) == (not source.hosts)
    assert all(key.startswith("FOREWATCH_") for key in source.keys)
    page = texts_of(source_page(source))
    command = "fetch" if source.fetch else "add"
    assert f"forewatch {command} {source.id}" in page
    assert all(word in page for word in (*source.hosts, *source.keys))


def texts_of(page: Document) -> str:
    return " ".join(
        [page.title, page.lead, *cells(page), *(t for s in page.sections for t in (*s.paragraphs, *s.items))]
    )


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_page_holds_all_that_its_source_declares(source):
    page = texts_of(source_page(source))
    told = (source.title, source.provider, source.url, source.licence, source.terms, source.citation, *source.caveats)
    assert all(words in page for words in (*told, *source.known))
    for field in source.fields:
        assert all(words in page for words in (*field.names, field.meaning, field.unit))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_s_page_holds_each_column_with_its_unit_and_tier(table):
    page = documents()[f"{TABLE_PREFIX}{table.name}"]
    (columns,) = [s.grid for s in page.sections if s.title == "Columns"]
    told = {row[0]: row for row in columns.rows}
    assert list(told) == [column.name for column in table.columns]
    for column in table.columns:
        assert told[column.name][1:4] == (column.type, column.unit, column.meaning)
        assert told[column.name][5] == column.tier.name
    assert table.grain in page.lead


# ---- two ways to show it ----


@pytest.mark.parametrize("name", documents())
def test_the_screen_shows_every_word_of_the_page(name):
    page = documents()[name]
    shown = re.sub(r"\s+", " ", texts(document_screen(name)))
    for words in (page.title, page.lead, *cells(page)):
        assert re.sub(r"\s+", " ", words) in shown


def test_every_page_has_an_address_and_is_in_the_index():
    index = texts(index_screen())
    assert all(page.title in index for page in documents().values())
    assert documents().keys() <= set(parts())


HOSTILE = Source(
    id="hostile", title="<b>Bold</b> | [link](javascript:x)", provider="a_b_ *c*", url="javascript:alert(1)",
    licence="x|y", terms="`code`", citation="\\", cadence_days=0, tables=("sites",), parse=lambda _raw: None,
    caveats=("- <script>",), fields=(Field("a", ("a|b", "c"), "text", "<i>m</i>"),),
)  # fmt: skip


def test_markup_in_a_source_s_words_stays_words():
    text = markdown(source_page(HOSTILE))
    assert re.search(r"(?<!\\)[<>]", text) is None
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows if "Meaning" in row or "a\\|b" in row} == {6}
    assert "(also c)" in unescape(text)


def test_the_command_writes_a_file_per_page_and_an_index_whose_links_lead_somewhere(tmp_path):
    done = forewatch("dictionary", "--out", tmp_path / "dictionary")
    assert done.code == 0, done.err
    folder = tmp_path / "dictionary"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    assert files == {"README.md", *(f"{name}.md" for name in documents())}
    targets = re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text())
    assert sorted(targets) == sorted(files - {"README.md"})
    assert write(folder) == write(folder)
