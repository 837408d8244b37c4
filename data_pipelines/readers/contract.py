"""The contract with a provider: which columns its file must have, of which kind, and what is said of any other."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from data_pipelines._source import Field
from data_pipelines.readers import fields
from data_pipelines.readers.rows import Whole
from geo.errors import FileRefused

_KINDS_OF_NUMBER = ("whole", "number")
_TYPICAL = 0.99
_SAMPLE = 500
"""Values looked at per column, evenly spread over the file: enough for a kind, at 0.1 s for 49 columns."""
_ROWS_OF_OTHERS = 5_000
"""Rows looked at for the columns that are not read; they may hold few values."""


class Taken(NamedTuple):
    """What a file holds under its contract.

    `cells` are the columns by `Field.id`, missing where an optional one is not there; `columns` says what each column
    of the file looks like; `notes` are sentences on columns that the contract does not know.
    """

    cells: pd.DataFrame
    columns: Mapping[str, str]
    notes: tuple[str, ...]


def take(
    path: Path,
    frame: pd.DataFrame,
    contract: Sequence[Field],
    known: Sequence[str] = (),
    whole: Whole | None = None,
) -> Taken:
    """Return the columns that a source reads, once the file has been held against its contract.

    Parameters
    ----------
    path
        The file, for the message.
    frame
        Rows of text.
    contract
        The columns that are read.
    known
        Other columns that the product has; those of an HDX or web explorer edition too.
    whole
        As in `Rows`.

    Raises
    ------
    FileRefused
        A required column is not there (all of them are named), or most values of a column of numbers or days are none.
    """
    required = {each.id: each.names for each in contract if each.required}
    shown = frame if whole is None else whole(_spread(len(frame), _ROWS_OF_OTHERS))
    fields.columns(path, shown, required)
    cells = fields.columns(path, frame, required, {each.id: each.names for each in contract if not each.required})
    looks = {str(name): look((frame if name in frame else shown)[name]) for name in shown.columns}
    _refuse_retyped(path, cells, contract)
    return Taken(cells, looks, _added(shown, contract, known))


def look(text: pd.Series) -> str:
    """Return what the values of a column of text look like: empty, whole, number, day or text.

    One in a hundred may be none, as a file may hold so many rows that are rejected.
    """
    sample = _sample(text)
    if sample.empty:
        return "empty"
    return next((kind for kind in ("whole", "number", "day") if _readable(sample, kind) >= _TYPICAL), "text")


def _sample(text: pd.Series) -> pd.Series:
    """Return values of a column, evenly spread over those that are not missing."""
    held = np.flatnonzero(text.notna())
    sample: pd.Series = text.iloc[held[_spread(len(held), _SAMPLE)]]
    return sample


def _spread(number: int, most: int) -> np.ndarray:
    """Return positions evenly spread over a number of them."""
    return np.unique(np.linspace(0, number - 1, most).astype(int)) if number else np.array([], dtype=int)


def _readable(values: pd.Series, kind: str) -> float:
    """Return the share of values that can be read as a kind; 1 for kinds that any text is."""
    if values.empty or kind not in (*_KINDS_OF_NUMBER, "day"):
        return 1.0
    if kind == "whole":
        return 1 - float(fields.whole(values).bad.mean())
    if kind == "number":
        return float(np.isfinite(fields.numbers(values)).mean())
    return 1 - float(fields.dates(values, month_first=True).bad.mean())


def _refuse_retyped(path: Path, cells: pd.DataFrame, contract: Sequence[Field]) -> None:
    """Refuse a column of which most values are not of its kind; where it is nearly empty, all of them."""
    for each in contract:
        sample = _sample(cells[each.id])
        readable = _readable(sample, each.kind)
        if readable == 0 or (readable < 0.5 and cells[each.id].notna().mean() >= 0.5):
            shown = textwrap.shorten(str(sample.iloc[0]), 60, placeholder=" ...")
            raise FileRefused(
                f"In '{path.name}' the column {each.names[0]} should hold values of kind '{each.kind}' and most are "
                f"none (such as '{shown}'); its provider may have changed it: update the source, or get the file again."
            )


def _added(frame: pd.DataFrame, contract: Sequence[Field], known: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence on the columns that the contract does not know; none where there are none."""
    named = {fields.normalised(name) for name in (*known, *(name for each in contract for name in each.names))}
    added = [str(name) for name in frame.columns if fields.normalised(str(name)) not in named]
    listed = textwrap.shorten(", ".join(added), 500, placeholder=" ...")
    return (f"It has columns that the contract does not know: {listed}.",) if added else ()
