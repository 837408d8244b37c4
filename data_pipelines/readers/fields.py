"""Columns of text to typed columns; what cannot be read is marked, never guessed and never dropped."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import take

from geo.errors import FileRefused

_WHOLE = r"-?[0-9]{1,18}(\.0*)?"
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-]00:?00)?)?"
_MONTH_FIRST = r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AP]M)?)?"
_NUMBER = r"(?i)^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$|^[+-]?inf(inity)?$"
_POINT = r"^POINT ?\( *(?P<longitude>\S+) +(?P<latitude>\S+) *\)$"
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
    cells = pa.array(text, type=pa.large_string())
    is_digits = pc.and_(pc.ascii_is_decimal(cells), pc.less_equal(pc.binary_length(cells), 18))
    if not pc.all(is_digits).as_py():
        return _each_once(text, _whole)
    values, is_missing = pc.fill_null(pc.cast(cells, pa.int64()), 0), text.isna().to_numpy()
    numbers = pd.arrays.IntegerArray(values.to_numpy(zero_copy_only=False).copy(), is_missing)
    return Typed(pd.Series(numbers, index=text.index), np.zeros(len(text), dtype=bool))


def _whole(text: pd.Series) -> Typed:
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
    return _positions(numbers(latitude), numbers(longitude))


def points(text: pd.Series) -> Positions:
    """Read positions in degrees from ``POINT (longitude latitude)``; what is no such text is missing, as above."""
    codes, texts = _distinct(text)
    parts = pc.extract_regex(texts, _POINT)
    found = _positions(_numbers(pc.struct_field(parts, "latitude")), _numbers(pc.struct_field(parts, "longitude")))
    missing = (np.nan, np.nan, False)
    return Positions(*(np.append(column, empty)[codes] for column, empty in zip(found, missing, strict=True)))


def _positions(north: np.ndarray, east: np.ndarray) -> Positions:
    is_missing = np.isnan(north) | np.isnan(east) | ((north == 0) & (east == 0))
    bad = ~is_missing & ~((np.abs(north) <= 90) & (np.abs(east) <= 180))
    gone = is_missing | bad
    return Positions(np.where(gone, np.nan, east), np.where(gone, np.nan, north), bad)


def numbers(text: pd.Series) -> np.ndarray:
    """Return a column of text as float64, NaN for what is no number; a decimal comma is taken as a point."""
    try:
        plain = pc.cast(pa.array(text, type=pa.large_string()), pa.float64())
    except pa.ArrowInvalid:
        codes, texts = _distinct(text)
        return np.asarray(np.append(_numbers(texts), np.nan)[codes])
    return np.asarray(plain.to_numpy(zero_copy_only=False))


def _numbers(text: pa.Array) -> np.ndarray:
    points = pc.replace_substring_regex(text, r"^([+-]?[0-9]+),([0-9]+)$", r"\1.\2")
    plain = pc.if_else(pc.match_substring_regex(points, _NUMBER), points, pa.scalar(None, points.type))
    values = pc.cast(pc.utf8_ltrim(plain, "+"), pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False))


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
    return _each_once(text, partial(_dates, month_first=month_first))


def _dates(text: pd.Series, month_first: bool) -> Typed:
    iso = text.where(text.str.fullmatch(_ISO).to_numpy(dtype=bool))
    values = pd.to_datetime(iso.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    if month_first:
        slashed = text.where(text.str.fullmatch(_MONTH_FIRST).to_numpy(dtype=bool))
        day = slashed.str.replace(" .*", "", regex=True)
        values = values.fillna(pd.to_datetime(day, format="%m/%d/%Y", errors="coerce"))
    values = values.where(values.dt.year.between(_FIRST_YEAR, _LAST_YEAR)).astype("datetime64[s]")
    return Typed(values, (text.notna() & values.isna()).to_numpy())


def _each_once(text: pd.Series, read: Callable[[pd.Series], Typed]) -> Typed:
    """Read each text of a column once: most stand in it many times, and the rest costs little more."""
    codes, texts = _distinct(text)
    typed = read(pd.Series(texts, dtype="str"))
    values = pd.Series(take(typed.values.array, codes, allow_fill=True), index=text.index)
    return Typed(values, np.append(typed.bad, False)[codes])


def _distinct(text: pd.Series) -> tuple[np.ndarray, pa.Array]:
    """Return each cell's position among the distinct texts, -1 where it is missing, and those texts."""
    codes, texts = pd.factorize(text)
    return codes, pa.array(texts, type=pa.large_string())


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
