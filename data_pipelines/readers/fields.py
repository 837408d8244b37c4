"""Columns of text to typed columns; what cannot be read is marked, never guessed and never dropped."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import FileRefused

_WHOLE = r"-?[0-9]{1,18}(\.0*)?"
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-]00:?00)?)?"
_MONTH_FIRST = r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AP]M)?)?"
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class Typed(NamedTuple):
    """Values of one column, missing where the text is, and a mask of the rows whose text cannot be read."""

    values: pd.Series
    bad: np.ndarray


class Positions(NamedTuple):
    """Longitude and latitude in degrees (OGC:CRS84), both NaN or neither, and a mask of the rows out of range."""

    longitude: np.ndarray
    latitude: np.ndarray
    bad: np.ndarray


def whole(text: pd.Series) -> Typed:
    """Read whole numbers of up to 18 digits; ``300380.0`` is 300380, ``1.5`` and ``1e3`` cannot be read.

    Parameters
    ----------
    text
        A ``str`` column.

    Returns
    -------
    Typed
        ``Int64`` values.
    """
    is_read = text.str.fullmatch(_WHOLE).to_numpy(dtype=bool)
    digits = text.where(is_read, "0").str.replace(r"\.0*$", "", regex=True)
    numbers = pc.cast(pa.array(digits, type=pa.large_string()), pa.int64()).to_numpy(zero_copy_only=False)
    values = pd.Series(pd.arrays.IntegerArray(numbers.copy(), ~is_read), index=text.index)
    return Typed(values, text.notna().to_numpy() & ~is_read)


def coordinates(latitude: pd.Series, longitude: pd.Series) -> Positions:
    """Read positions in degrees; a decimal comma is taken as a point.

    Parameters
    ----------
    latitude, longitude
        ``str`` columns. A position is missing where either is, is words, or both are 0, which providers write for
        nothing; it is bad where both are numbers and one is out of range or infinite.
    """
    north, east = numbers(latitude), numbers(longitude)
    is_missing = np.isnan(north) | np.isnan(east) | ((north == 0) & (east == 0))
    bad = ~is_missing & ~((np.abs(north) <= 90) & (np.abs(east) <= 180))
    gone = is_missing | bad
    return Positions(np.where(gone, np.nan, east), np.where(gone, np.nan, north), bad)


def numbers(text: pd.Series) -> np.ndarray:
    """Return a column of text as float64, NaN for what is no number; a decimal comma is taken as a point."""
    points = text.str.replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True)
    return pd.to_numeric(points, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def dates(text: pd.Series, *, month_first: bool = False) -> Typed:
    """Read days from ``YYYY-MM-DD`` with or without a time of day, which is cut off.

    Parameters
    ----------
    text
        A ``str`` column.
    month_first
        Also read ``MM/DD/YYYY``, which nothing tells from ``DD/MM/YYYY`` but the product it stands in.

    Returns
    -------
    Typed
        ``datetime64[s]`` at midnight; days that do not exist and years outside 1900-2100 cannot be read.
    """
    iso = text.where(text.str.fullmatch(_ISO).to_numpy(dtype=bool))
    values = pd.to_datetime(iso.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    if month_first:
        slashed = text.where(text.str.fullmatch(_MONTH_FIRST).to_numpy(dtype=bool))
        day = slashed.str.replace(" .*", "", regex=True)
        values = values.fillna(pd.to_datetime(day, format="%m/%d/%Y", errors="coerce"))
    values = values.where(values.dt.year.between(_FIRST_YEAR, _LAST_YEAR)).astype("datetime64[s]")
    return Typed(values, (text.notna() & values.isna()).to_numpy())


def column(frame: pd.DataFrame, *names: str) -> pd.Series | None:
    """Return the first column that bears one of the names, whatever their case, blanks and punctuation, or None."""
    found = {normalised(str(name)): name for name in reversed(frame.columns)}
    for name in names:
        if normalised(name) in found:
            return frame[found[normalised(name)]]
    return None


def columns(
    path: Path,
    frame: pd.DataFrame,
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return the columns a source needs under the names it uses.

    Parameters
    ----------
    path
        The file, for the message.
    frame
        Rows of text.
    required, optional
        Our name to the provider's names, in order of preference; an optional column that is not there is all missing.

    Raises
    ------
    FileRefused
        Required columns are not there; all of them are named.
    """
    absent = [" or ".join(names) for names in required.values() if column(frame, *names) is None]
    if absent:
        found = textwrap.shorten(", ".join(map(str, frame.columns)), 2_000, placeholder=" ...")
        raise FileRefused(
            f"The file '{path.name}' lacks the columns {', '.join(absent)} (it has {found}); add it to the source it "
            "belongs to, or update that source if its provider renamed them."
        )
    wanted = {**required, **(optional or {})}
    empty = pd.Series(np.nan, index=frame.index, dtype="str")
    texts = {ours: column(frame, *names) for ours, names in wanted.items()}
    return pd.DataFrame({ours: empty if text is None else text for ours, text in texts.items()}, index=frame.index)


def normalised(name: str) -> str:
    """Return a header name in lower case without blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())
