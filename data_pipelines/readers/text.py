"""Table files to rows of text, strictly: every record is a row or a reject, and a file that was cut off is refused.

A physical record is a CSV record: quoted fields may hold newlines (1,823 of them in UCDP's Sudan file).
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from data_pipelines._source import Reject
from data_pipelines.readers.documents import plain_documents, read_geojson, read_json
from data_pipelines.readers.fields import normalised
from data_pipelines.readers.rows import DAMAGE, Rows, build, is_hxl, printable
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.workbook import read_xlsx
from geo.errors import FileRefused

_MAX_LINES = 200
"""In one record; real files reach 20."""
_WHOLE = re.compile(r"\s*[+-]?\d+(\.0*)?\s*")


class _Record(NamedTuple):
    """One CSV record: its first and last line, and its cells, or the reader's complaint in their place."""

    first: int
    last: int
    cells: list[str]
    error: str


def read_rows(path: Path, names_if_headless: Sequence[str] = (), sheet: str | None = None) -> Rows:
    """Read a table file of any kind, told by its content.

    Parameters
    ----------
    path
        CSV (comma or semicolon), JSON (an array, or one inside ``result`` or ``data``), GeoJSON points, or XLSX.
    names_if_headless
        Column names of a product that is sometimes sent as CSV without header (its first cell is a whole number then).
    sheet
        Sheet of a workbook; the first if None.

    Returns
    -------
    Rows
        All records; an HXL row is dropped and not counted.

    Raises
    ------
    FileRefused
        The file is not a table, holds no record, is cut off, or its quotation marks swallow rows.
    """
    match sniff(path):
        case "csv":
            rows = read_csv(path, names_if_headless)
        case "json":
            rows = read_json(path)
        case "geojson":
            rows = read_geojson(path)
        case "xlsx":
            rows = read_xlsx(path, sheet)
        case kind:
            raise FileRefused(f"The file '{path.name}' is a {kind} file, not a table; give it as CSV, JSON or XLSX.")
    if not rows.rows_in:
        raise FileRefused(f"The file '{path.name}' holds no record; get it again from its provider.")
    return rows


def read_csv(path: Path, names_if_headless: Sequence[str] = ()) -> Rows:
    """Read a CSV file; see `read_rows`."""
    lines = _lines(path)
    records = list(_records(lines, _delimiter(lines)))
    if not records or records[0].error:
        raise FileRefused(f"The file '{path.name}' has no readable header in its first line; get it again.")
    header, is_headless = _header(path, records[0], names_if_headless)
    records = records if is_headless else records[1:]
    if records and is_hxl(records[0].cells):
        records = records[1:]
    expected = _expected_width(len(header), records)
    _refuse_swallowed(path, lines, records, expected)
    _refuse_cut(path, lines, records, len(header), expected)
    good, rejects = _sort(records, lines, len(header))
    cells = [r.cells if len(r.cells) == len(header) else r.cells[:-1] for r in good]
    spans = [(r.first, r.last) for r in good]
    return build(header, cells, [first for first, _ in spans], rejects, lambda i: _raw(lines, *spans[i]))


def plain_records(path: Path, names_if_headless: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and cells of each record as they stand, for sums that share no later step with `read_rows`.

    Parameters
    ----------
    path
        A CSV, JSON or GeoJSON file that `read_rows` has taken.
    names_if_headless
        As for `read_rows`.

    Yields
    ------
    tuple
        The line as in `Rows.lines`, and cells by column name in lower case without punctuation. An HXL row, and
        records that `read_rows` rejects, come too: choose by line.
    """
    if sniff(path) != "csv":
        yield from plain_documents(path)
        return
    lines = _lines(path)
    records = _records(lines, _delimiter(lines))
    first = next(records)
    header, is_headless = _header(path, first, names_if_headless)
    first_of = {normalised(name): i for i, name in reversed(list(enumerate(header)))}
    for record in chain([first] if is_headless else [], records):
        width = len(record.cells)
        yield record.first, {name: record.cells[i] for name, i in first_of.items() if i < width}


def _lines(path: Path) -> list[str]:
    """Return the file's lines with their ends; bytes that are not UTF-8 become lone surrogates."""
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    return list(io.StringIO(text, newline=""))


def _delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that splits the header into more cells."""
    first = next((line for line in lines if line.strip()), "")
    return max(",;", key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))


def _records(lines: Sequence[str], delimiter: str) -> Iterator[_Record]:
    """Yield every record but blank lines; after a broken quote reading goes on at the next line."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first, error, cells = reader.line_num + 1, "", []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            error = str(problem)
        if cells or error:
            yield _Record(first, reader.line_num, cells, error)


def _header(path: Path, first: _Record, names_if_headless: Sequence[str]) -> tuple[list[str], bool]:
    """Return the header, and whether the first record is none; a nameless last column (a trailing comma) is none."""
    cells = first.cells
    if names_if_headless and _WHOLE.fullmatch(cells[0]):
        return list(names_if_headless), True
    if any(DAMAGE.search(cell) for cell in cells):
        raise FileRefused(f"The header of '{path.name}' holds bytes that are not UTF-8 text; save it as UTF-8.")
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells, False


def _expected_width(width: int, records: Sequence[_Record]) -> int:
    """Return the usual number of cells: the header's, or one more where most records end in a comma."""
    usual = Counter(len(record.cells) for record in records).most_common(1)
    return width + 1 if usual and usual[0][0] == width + 1 else width


def _refuse_swallowed(path: Path, lines: Sequence[str], records: Sequence[_Record], expected: int) -> None:
    """Refuse a file in which a quotation mark that is not closed swallows the records after it.

    In one measured file a single stray mark swallowed 15.7 % of the rows inside one field, without any error.
    """
    for record in records:
        if record.first == record.last:
            continue
        is_end_of_file = record.error and record.last == len(lines)
        embedded = lines[record.first : record.last]
        if (
            (record.error and not is_end_of_file)
            or len(embedded) > _MAX_LINES
            or any(_is_record(line, lines[record.first - 1], expected) for line in embedded)
        ):
            raise FileRefused(
                f"In '{path.name}' a quotation mark opened on line {record.first} swallows the rows up to line "
                f"{record.last}; repair that line or get the file again."
            )


def _is_record(line: str, beginning: str, expected: int) -> bool:
    """Tell whether a line inside a quoted field is a whole record: right width, closed quotes, alike first cell."""
    if line.count('"') % 2:
        return False
    mark = _delimiter([beginning])
    cells = next(csv.reader([line], delimiter=mark), [])
    own = next(csv.reader([beginning], delimiter=mark), [""])
    return len(cells) == expected and _shape(cells[0]) == _shape(own[0])


def _shape(cell: str) -> str:
    """Return a cell's kind, to tell a record's id from the first words of a sentence."""
    if _WHOLE.fullmatch(cell):
        return "number"
    return "word" if re.fullmatch(r"\S*\d\S*", cell) else "text"


def _refuse_cut(path: Path, lines: Sequence[str], records: Sequence[_Record], width: int, expected: int) -> None:
    """Refuse a file that ends inside a record; a full record without its newline is fine."""
    if not records:
        return
    last = records[-1]
    is_ended = lines[-1].endswith(("\n", "\r"))
    is_short = len(last.cells) < (width if is_ended else expected)
    if last.error or is_short or (not is_ended and DAMAGE.search(last.cells[-1])):
        raise FileRefused(
            f"The file '{path.name}' is cut off: its last record, on line {last.first}, is not whole; get it again."
        )


def _sort(records: Sequence[_Record], lines: Sequence[str], width: int) -> tuple[list[_Record], list[Reject]]:
    """Split records into those that can be rows and rejects."""
    good, rejects = [], []
    for record in records:
        rule, reason = _fault(record, width)
        if rule:
            rejects.append(Reject(record.first, rule, reason, printable(_raw(lines, record.first, record.last))))
        else:
            good.append(record)
    return good, rejects


def _fault(record: _Record, width: int) -> tuple[str, str]:
    """Return rule and reason where a record cannot be a row, else two empty texts."""
    cells = record.cells
    if record.error:
        return "quotes", f"its quotation marks do not match: {record.error}"
    if len(cells) != width and not (len(cells) == width + 1 and not cells[-1].strip()):
        return "field_count", f"it has {len(cells)} fields where the header has {width}"
    if DAMAGE.search("".join(cells)):
        return "bytes", "it holds NUL or bytes that are not UTF-8"
    return "", ""


def _raw(lines: Sequence[str], first: int, last: int) -> str:
    """Return a record as it stands in the file."""
    return "".join(lines[first - 1 : last]).rstrip("\r\n")
