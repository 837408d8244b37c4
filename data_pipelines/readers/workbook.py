"""XLSX sheets to rows of text."""

import csv
import io
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from data_pipelines._source import Reject
from data_pipelines.readers.rows import DAMAGE, Rows, build, is_hxl, printable
from geo.errors import FileRefused

_BROKEN = (InvalidFileException, BadZipFile, OSError, KeyError, IndexError, ValueError, TypeError, AttributeError)
_TITLE_ROWS = 10
Numbered = tuple[int, list[str | None]]


def read_xlsx(path: Path, sheet: str | None = None) -> Rows:
    """Read one sheet of a workbook, the first unless named.

    Values are those last calculated; days are ``YYYY-MM-DDTHH:MM:SS``. Rows without any value are not records. Title
    rows above the header are skipped: it is the first row at least half as full as the fullest of the first ten.

    Raises
    ------
    FileRefused
        The workbook cannot be read, has no such sheet, or the sheet no header.
    """
    rows = _sheet(path, sheet)
    if not rows:
        raise FileRefused(f"The sheet of '{path.name}' is empty; name the sheet that holds the table.")
    at = _header_at(rows)
    header = [cell or "" for cell in rows[at][1]]
    while header and not header[-1].strip():
        header.pop()
    body = rows[at + 1 :]
    if body and is_hxl(body[0][1]):
        body = body[1:]
    good = [(line, _fitted(cells, len(header))) for line, cells in body if not _fault(cells, len(header))]
    rejects = [
        Reject(line, "cells", _fault(cells, len(header)), printable(_raw(cells)))
        for line, cells in body
        if _fault(cells, len(header))
    ]
    return build(header, [c for _, c in good], [n for n, _ in good], rejects, lambda i: _raw(good[i][1]))


def _sheet(path: Path, sheet: str | None) -> list[Numbered]:
    """Return the rows of a sheet that hold any value, with their numbers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that do not concern values
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            names = book.sheetnames
            if sheet is not None and sheet not in names:
                raise FileRefused(f"The workbook '{path.name}' has no sheet '{sheet}'; it has {', '.join(names)}.")
            page = book[sheet or names[0]]
            page.reset_dimensions()  # what a sheet declares of its size may be a lie
            numbered = [(n, [_text(v) for v in row]) for n, row in enumerate(page.iter_rows(values_only=True), start=1)]
            book.close()
    except (*_BROKEN, SyntaxError) as error:
        raise FileRefused(f"The workbook '{path.name}' cannot be read ({error}); save it again as .xlsx.") from error
    return [(n, cells) for n, cells in numbered if any(cells)]


def _header_at(rows: Sequence[Numbered]) -> int:
    """Return the position of the header: a title row above it fills far fewer cells (8 of 31 in one real file)."""
    filled = [sum(1 for cell in cells if cell) for _, cells in rows[:_TITLE_ROWS]]
    return next(i for i, number in enumerate(filled) if 2 * number >= max(filled))


def _text(value: object) -> str | None:
    """Return a cell as text: dates in ISO order, anything else as Python writes it."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _fitted(cells: list[str | None], width: int) -> list[str | None]:
    """Return as many cells as the header has; a sheet leaves out the empty cells at the end of a row."""
    return (cells + [None] * width)[:width]


def _fault(cells: Sequence[str | None], width: int) -> str:
    """Say why a row of the sheet cannot be a row of the table; empty where it can."""
    if any(cells[width:]):
        return f"it has values beyond the {width} columns of the header"
    return "it holds NUL or half a character" if DAMAGE.search("".join(filter(None, cells))) else ""


def _raw(cells: Sequence[str | None]) -> str:
    """Return a row as a line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
