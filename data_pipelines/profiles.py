"""What a snapshot was found to hold, in few numbers: what guards compare from vintage to vintage.

It is made from the rows alone, by the contracts of their tables, so that no source needs code for it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines._source import Parsed
from data_pipelines.tables import Column, Table, table

COUNTRY_COLUMNS = ("iso3", "country")
IDS = np.dtype([("id", "<u8"), ("day", "<i4"), ("country", "<u4")])
"""One record: hashes, the same on every machine, of its key and its country, and its last day since 1970.

The day is `NO_DAY` and the country 0 where its table has none.
"""
NO_DAY = int(np.iinfo(np.int32).min)
NO_DAYS = np.empty(0, np.int64)
Ids = NDArray[np.void]


@dataclass(frozen=True)
class Profile:
    """What a snapshot holds.

    Attributes
    ----------
    rows
        Rows that go into tables, and pixels of a raster.
    countries
        Country, as ISO alpha-3 or as its provider names it -> rows; empty where the rows name none.
    first, last
        First and last day, ISO, of its records; empty where they have none.
    nulls
        ``table.column`` that may be missing -> share of rows in which it is.
    codes
        ``table.column`` that holds one of a fixed list -> code -> share of rows.
    columns
        Column of the file -> what its values look like, as `Parsed.columns`.
    scope
        As `Parsed.scope`; empty where the file does not claim to list all.
    covers
        First and last day, ISO, that the file speaks for in each of its countries; empty where it says nothing.
    """

    rows: int
    countries: Mapping[str, int] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    nulls: Mapping[str, float] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    covers: tuple[str, ...] = ()


def profile(parsed: Parsed) -> Profile:
    """Return the profile of a file."""
    countries: Counter[str] = Counter()
    nulls: dict[str, float] = {}
    codes: dict[str, dict[str, float]] = {}
    firsts, lasts = [NO_DAYS], [NO_DAYS]
    for name, frame in _filled(parsed):
        contract = table(name)
        countries.update(_countries(contract, frame).dropna().tolist())
        nulls |= {f"{name}.{c.name}": _missing(frame, c.name) for c in contract.columns if c.null}
        codes |= {f"{name}.{c.name}": _shares(frame[c.name]) for c in contract.columns if _is_code(c)}
        firsts.append(_days(contract, frame, 0))
        lasts.append(_days(contract, frame, -1))
    first, last = (_known(np.concatenate(days)) for days in (firsts, lasts))
    return Profile(
        rows=parsed.loaded,
        countries=dict(sorted(countries.items())),
        first=_iso(first.min()) if len(first) else "",
        last=_iso(last.max()) if len(last) else "",
        nulls=nulls,
        codes=codes,
        columns=dict(parsed.columns),
        scope=parsed.scope,
        covers=tuple(day.isoformat() for day in covered(parsed)),
    )


def covered(parsed: Parsed) -> tuple[date, ...]:
    """Return the first and last day that a file speaks for in each of its countries; empty without such days.

    Rows name their country in the provider's words and `covers` by its code, so the days common to all are taken.
    """
    spans = parsed.covers.values()
    first, last = max((a for a, _ in spans), default=date.max), min((b for _, b in spans), default=date.min)
    return (first, last) if first <= last else ()


def code_of(country: str) -> int:
    """Return the hash that stands for a country's name in `IDS`."""
    return int.from_bytes(blake2b(country.encode(), digest_size=4).digest(), "little")


def ids(parsed: Parsed) -> Ids:
    """Return the records of a file in its order, as `IDS`; empty where it has none, as a raster."""
    parts = [np.empty(0, IDS)]
    for name, frame in _filled(parsed):
        part = np.empty(len(frame), IDS)
        keys = zip(*(frame[column].tolist() for column in table(name).key), strict=True)
        part["id"] = np.frombuffer(b"".join(_hash(name, key) for key in keys), "<u8")
        part["day"] = _days(table(name), frame, -1)
        countries = _countries(table(name), frame)
        part["country"] = countries.map({name: code_of(name) for name in countries.dropna().unique()}).fillna(0)
        parts.append(part)
    return np.concatenate(parts)


def _filled(parsed: Parsed) -> Iterator[tuple[str, pd.DataFrame]]:
    return ((name, frame) for name, frame in parsed.frames.items() if len(frame))


def _hash(name: str, key: tuple[object, ...]) -> bytes:
    return blake2b("|".join((name, *map(str, key))).encode(), digest_size=8).digest()


def _countries(contract: Table, frame: pd.DataFrame) -> pd.Series:
    """Return each row's country as text, missing where its table has none."""
    names = {column.name for column in contract.columns}
    column = next((name for name in COUNTRY_COLUMNS if name in names), None)
    return frame[column].astype("str") if column else pd.Series([pd.NA] * len(frame), dtype="str")


def _missing(frame: pd.DataFrame, column: str) -> float:
    return round(float(frame[column].isna().mean()), 6) if column in frame else 1.0


def _is_code(column: Column) -> bool:
    return column.check.startswith(f"{column.name} IN (")


def _shares(values: pd.Series) -> dict[str, float]:
    return {str(k): round(float(n), 6) for k, n in values.value_counts(normalize=True).sort_index().items()}


def _days(contract: Table, frame: pd.DataFrame, which: int) -> NDArray[np.int64]:
    """Return each row's first (0) or last (-1) day since 1970; a table without days may give a year."""
    named = [column.name for column in contract.columns if column.type == "DATE"]
    if named:
        days = pd.to_datetime(frame[named[which]]).to_numpy("datetime64[D]")
    elif "year" in frame:
        years = (frame["year"].to_numpy(np.int64) - 1970 - which).astype("datetime64[Y]")  # the next, for the last day
        days = years.astype("datetime64[D]") + np.timedelta64(which, "D")
    else:
        return np.full(len(frame), NO_DAY)
    return np.where(np.isnat(days), NO_DAY, days.astype(np.int64))


def _known(days: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = days[days != NO_DAY]
    return found


def _iso(day: np.int64) -> str:
    return str(np.datetime64(int(day), "D"))
