"""UCDP's own totals, added up from the text of the file in plain whole numbers, for checks on everything after it."""

from collections import Counter
from pathlib import Path

import pandas as pd

from data_pipelines.readers.fields import normalised
from data_pipelines.readers.text import plain_records
from data_pipelines.sources._ged_layout import HEADER, KINDS, SIDES, TOTALS, aliases


def totals(path: Path, lines: set[int]) -> pd.DataFrame:
    """Return totals of the events that start on the given lines.

    Returns
    -------
    pandas.DataFrame
        Columns measure, key, total. Measures: ``incidents``, ``deaths_best``, ``deaths_low``, ``deaths_high`` by
        ``year|kind``, low and high of the widened interval; ``deaths`` by ``year|kind|side``, a side being ``a``,
        ``b``, ``civilians`` or ``unknown``. The year is that of the first day.
    """
    sums: Counter[tuple[str, str]] = Counter()
    for line, cells in plain_records(path, HEADER):
        if line in lines:
            _add(sums, cells)
    return pd.DataFrame(
        [(measure, key, total) for (measure, key), total in sorted(sums.items())], columns=["measure", "key", "total"]
    )


def _add(sums: Counter[tuple[str, str]], cells: dict[str, str]) -> None:
    """Add one event."""
    group = f"{_year(cells['datestart'])}|{KINDS[_whole(cells['typeofviolence'])]}"
    best, low, high = (_estimate(cells, name) for name in TOTALS)
    sums["incidents", group] += 1
    sums["deaths_best", group] += best
    sums["deaths_low", group] += min(low, best, high)
    sums["deaths_high", group] += max(low, best, high)
    for side in SIDES:
        sums["deaths", f"{group}|{side.removeprefix('deaths_')}"] += _whole(cells[normalised(side)])


def _estimate(cells: dict[str, str], name: str) -> int:
    return next(_whole(cells[alias]) for alias in map(normalised, aliases(name)) if alias in cells)


def _whole(text: str) -> int:
    return int(text.strip().partition(".")[0])


def _year(text: str) -> str:
    """Return the year of YYYY-MM-DD or MM/DD/YYYY, with or without a time of day."""
    day = text.strip().split(" ")[0]
    return day.split("/")[2] if "/" in day else day[:4]
