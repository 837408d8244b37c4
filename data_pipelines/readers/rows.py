"""Rows of text: the one shape that every table file is read into, before anything is believed of it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_pipelines._source import Reject
from data_pipelines.tables import table
from geo.errors import FileRefused

MISSING = ("", "NA", "N/A", "n/a", "None", "null", "NULL", "NaN", "nan", "Not available", "not available")
"""Words that stand for no value, after blanks are cut off; case counts, as Na is a place in Laos."""

DAMAGE = re.compile("[\0\ud800-\udfff]")
"""NUL, and bytes that were not UTF-8 (kept as lone surrogates while reading)."""

_BATCH = 20_000
_TAG = re.compile("#[A-Za-z]")

Rule = tuple[str, str, Any]
"""A rule's id, the reason in words, and a boolean mask of the rows that break it."""


Whole = Callable[[np.ndarray], pd.DataFrame]


class Layout(NamedTuple):
    """How a second reader finds the rows of a CSV file without faults: row n is the nth record below some lines."""

    path: Path
    delimiter: str
    header: tuple[str, ...]
    lines_above: int


@dataclass(frozen=True)
class Rows:
    """The records of one file as text.

    Attributes
    ----------
    frame
        One ``str`` column per header name, blanks cut off, missing values as NaN; the index is 0..n-1. May be empty.
    lines
        For each row of the frame, the line of the file its record starts on, 1 for the first; in a workbook the row
        of the sheet, in JSON the number of the record.
    rejects
        Records that cannot be rows: a wrong number of fields, broken quotes, NUL or undecodable bytes.
    rows_in
        Records in the file, without header and HXL row; ``rows_in == len(frame) + len(rejects)``.
    raw
        Row number to the record's own text.
    whole
        Positions of rows to these rows with all columns of the file, where the frame has only those asked for.
    is_plain
        Whether it is a CSV file without faults of form, in which another reader finds the same records.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    rejects: list[Reject]
    rows_in: int
    raw: Callable[[int], str]
    whole: Whole | None = None
    is_plain: bool = False


def build(
    header: Sequence[str],
    records: Sequence[Sequence[str | None]],
    lines: Sequence[int],
    rejects: list[Reject],
    raw: Callable[[int], str],
) -> Rows:
    """Return rows from records that all have as many cells as the header."""
    frame = frame_of(header, records)
    return Rows(frame, np.array(lines, dtype=np.int64), rejects, len(frame) + len(rejects), raw)


def frame_of(header: Sequence[str], records: Iterable[Sequence[str | None]]) -> pd.DataFrame:
    """Return cells as a frame of text; each record has as many as the header.

    Records are taken in batches: as Python strings all cells of a release of GED (350,000 x 49) would fill 1.5 GB.
    """
    names, source = unique_names(header), iter(records)
    tables = [pa.table([pa.array([], type=pa.large_string())] * len(names), names=names)]
    while batch := list(islice(source, _BATCH)):
        columns = (pa.array(column, type=pa.large_string()) for column in zip(*batch, strict=True))
        tables.append(pa.table([cleaned(column) for column in columns], names=names))
    frame: pd.DataFrame = pa.concat_tables(tables).combine_chunks().to_pandas()
    return frame


def cleaned(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cut off blanks and turn the words for nothing into nothing, in an Arrow array of text."""
    trimmed = pc.utf8_trim_whitespace(text)
    is_missing = pc.is_in(trimmed, value_set=pa.array(MISSING, type=pa.large_string()))
    return pc.if_else(is_missing, pa.scalar(None, type=pa.large_string()), trimmed)


def unique_names(header: Sequence[str]) -> list[str]:
    """Return header names without blanks around them; nameless columns and second uses of a name are numbered."""
    seen: dict[str, int] = {}
    names = []
    for position, cell in enumerate(header, start=1):
        name = printable(cell).strip() or f"unnamed {position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique_names(names) if len(set(names)) < len(names) else names


def is_hxl(cells: Iterable[str | None]) -> bool:
    """Tell whether a row holds HXL tags: half or more of its cells that are not empty start with ``#`` and a letter."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    return bool(texts) and 2 * sum(bool(_TAG.match(text)) for text in texts) >= len(texts)


def printable(raw: str) -> str:
    """Return text that any store can hold: NUL and bytes that were not UTF-8 become backslash escapes."""
    text = raw.encode("utf-8", "surrogateescape" if _is_escaped(raw) else "backslashreplace")
    return text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _is_escaped(raw: str) -> bool:
    """Tell surrogates that stand for raw bytes from those that a JSON escape made."""
    return not re.search("[\ud800-\udc7f\udd00-\udfff]", raw)


def sift(rows: Rows, rules: Iterable[Rule]) -> tuple[np.ndarray, list[Reject]]:
    """Apply rules in order; a row is rejected once, by the first rule it breaks.

    Parameters
    ----------
    rows
        Rows as read.
    rules
        Triples of rule id, reason in words and boolean mask over ``rows.frame``.

    Returns
    -------
    tuple
        A boolean mask of the rows that break none, and the rejects, with lines and raw text.
    """
    keep = np.ones(len(rows.frame), dtype=bool)
    rejects: list[Reject] = []
    for rule, reason, mask in rules:
        broken = keep & np.asarray(mask, dtype=bool)
        keep &= ~broken
        rejects.extend(
            Reject(int(rows.lines[i]), rule, reason, printable(rows.raw(i))) for i in np.flatnonzero(broken).tolist()
        )
    return keep, rejects


def refuse_all(path: Path, what: str, rows: Rows, rejects: Sequence[Reject]) -> NoReturn:
    """Refuse a file none of whose rows can be read, and say why of one.

    Parameters
    ----------
    path
        The file.
    what
        What its rows are, such as ``events``.
    rows, rejects
        As from `read_rows` and `sift`.

    Raises
    ------
    FileRefused
        Always.
    """
    first = min([*rows.rejects, *rejects])
    raise FileRefused(
        f"None of the {rows.rows_in} {what} of '{path.name}' can be read, the one on line {first.line} because "
        f"{first.reason}; get the file again."
    )


def twins(frame: pd.DataFrame, ids: pd.Series, whole: Whole | None = None) -> tuple[Rule, np.ndarray]:
    """Tell rows that bear one id apart: copies, and rows that contradict each other.

    Parameters
    ----------
    frame
        Rows of text.
    ids
        The provider's id of each; missing ids are no one's twins.
    whole
        As in `Rows`.

    Returns
    -------
    tuple
        The rule that all rows break whose id stands on rows of different content, as nothing tells which is right; and
        a mask of the exact copies of an earlier row.
    """
    shared = (ids.duplicated(keep=False) & ids.notna()).to_numpy()
    differing, copies = np.zeros((2, len(frame)), dtype=bool)
    if shared.any():
        contents = frame[shared] if whole is None else whole(np.flatnonzero(shared))
        copies[shared] = contents.duplicated()
        versions = ids[shared & ~copies].value_counts()
        differing[shared] = ids[shared].map(versions).to_numpy() > 1
    return ("duplicate_id", "another row of the file has its id and other content", differing), copies


def staged(name: str, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows for a staged table: its columns, in its order, without ``snapshot``, which staging adds.

    Parameters
    ----------
    name
        A staged table.
    values
        Column name to values or to one value for all rows; every column must be given.
    """
    order = [column.name for column in table(name).columns if column.name != "snapshot"]
    return pd.DataFrame({column: values[column] for column in order}).reset_index(drop=True)
