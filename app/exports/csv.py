"""CSV: UTF-8, ISO days, one header line, no cell that a spreadsheet takes for a formula."""

from pathlib import Path

import pandas as pd

from app.exports._content import Content
from geo.disclosure import formula_safe

SUFFIX, SIDECAR = ".csv", True


def write(content: Content, path: Path) -> None:
    """Write one line per row; missing values are empty, places stand in their own columns or not at all."""
    safe = content.rows.apply(_safe)
    safe.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _safe(column: "pd.Series[str]") -> "pd.Series[str]":
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.map(lambda cell: formula_safe(cell) if isinstance(cell, str) else cell)
