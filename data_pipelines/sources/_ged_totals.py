"""UCDP's own totals, added up from the text of the file in plain whole numbers, for checks on everything after it.

They share no step with what they check but the choice of the accepted records: DuckDB's reader cuts a CSV file without
faults into cells once more, and Python's does so with any other.
"""

from collections import Counter
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from data_pipelines import warehouse
from data_pipelines.readers.fields import normalised
from data_pipelines.readers.plain import layout_of
from data_pipelines.readers.rows import Rows
from data_pipelines.readers.text import plain_records
from data_pipelines.sources._ged_layout import HEADER, KINDS, NAMES, SIDES, TOTALS

_SIDES = tuple(name.removeprefix("deaths_") for name in SIDES)
_Sums = Counter[tuple[str, str]]


def read_again(path: Path) -> pd.DataFrame | None:
    """Return year, type and deaths of all events, in their order, as DuckDB reads them; None where it cannot."""
    layout = layout_of(path, HEADER)
    if layout is None:
        return None
    about = {
        "path": str(layout.path),
        "lines_above": layout.lines_above,
        "delimiter": layout.delimiter,
        "columns": dict.fromkeys(_columns(layout.header), "VARCHAR"),
    }
    try:
        with closing(warehouse.connect_to_file(layout.path)) as connection:
            connection.execute(warehouse.sql("totals", "ucdp_ged"), about)
            return connection.table("events").df()
    except (duckdb.Error, StopIteration):
        return None


def totals(path: Path, rows: Rows, again: pd.DataFrame | None, keep: np.ndarray) -> pd.DataFrame:
    """Return totals of the accepted events.

    Parameters
    ----------
    path
        The file.
    rows
        Its records.
    again
        From `read_again`.
    keep
        A boolean mask of those accepted.

    Returns
    -------
    pandas.DataFrame
        Columns measure, key, total. Measures: ``incidents``, ``deaths_best``, ``deaths_low``, ``deaths_high`` by
        ``year|kind``, low and high of the widened interval; ``deaths`` by ``year|kind|side``, a side being ``a``,
        ``b``, ``civilians`` or ``unknown``. The year is that of the first day.
    """
    if again is None or not rows.is_plain or len(again) != len(keep) or again[keep].isna().any(axis=None):
        sums = _one_by_one(path, set(rows.lines[keep].tolist()))
    else:
        sums = _by_group(again[keep].astype("int64"))
    return pd.DataFrame(
        [(measure, key, total) for (measure, key), total in sorted(sums.items())], columns=["measure", "key", "total"]
    )


def _by_group(events: pd.DataFrame) -> _Sums:
    """Add up events by year and type of violence."""
    bounds = events[["best", "low", "high"]]
    events = events.assign(number=1, low=bounds.min(axis=1), high=bounds.max(axis=1))
    sums: _Sums = Counter()
    columns = ["number", *TOTALS, *SIDES]
    for year, kind, *values in events.groupby(["year", "type"])[columns].sum().reset_index().to_numpy().tolist():
        _add(sums, f"{year}|{KINDS[kind]}", values)
    return sums


def _columns(header: tuple[str, ...]) -> list[str]:
    """Return a name for every column of the file: ours for those that are added up, and numbers."""
    found = [normalised(name) for name in header]
    names = [f"column {position}" for position in range(len(header))]
    for ours in ("date_start", "type_of_violence", *TOTALS, *SIDES):
        names[next(found.index(alias) for alias in map(normalised, NAMES[ours]) if alias in found)] = ours
    return names


def _one_by_one(path: Path, lines: set[int]) -> _Sums:
    """Add up the events that start on the given lines."""
    sums: _Sums = Counter()
    for line, cells in plain_records(path, HEADER):
        if line in lines:
            best, low, high = (_estimate(cells, name) for name in TOTALS)
            sides = [_whole(cells[normalised(side)]) for side in SIDES]
            group = f"{_year(cells['datestart'])}|{KINDS[_whole(cells['typeofviolence'])]}"
            _add(sums, group, [1, best, min(low, best, high), max(low, best, high), *sides])
    return sums


def _add(sums: _Sums, group: str, values: list[int]) -> None:
    """Add number, best, low and high of events, and the deaths of each side."""
    measures = ["incidents", "deaths_best", "deaths_low", "deaths_high"]
    keys = [(measure, group) for measure in measures] + [("deaths", f"{group}|{side}") for side in _SIDES]
    for key, value in zip(keys, values, strict=True):
        sums[key] += value


def _estimate(cells: dict[str, str], name: str) -> int:
    return next(_whole(cells[alias]) for alias in map(normalised, NAMES[name]) if alias in cells)


def _whole(text: str) -> int:
    return int(text.strip().partition(".")[0])


def _year(text: str) -> str:
    """Return the year of YYYY-MM-DD or MM/DD/YYYY, with or without a time of day."""
    day = text.strip().split(" ")[0]
    return day.split("/")[2] if "/" in day else day[:4]
