"""What a source is: one provider's product, with `fetch` (all its I/O) and `parse` (none but its file).

A source is one file in `data_pipelines/sources/`, named for its id, that holds `SOURCE`.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from affine import Affine

from geo.errors import UsageError

if TYPE_CHECKING:  # httpx takes 0.1 s to import, and most commands fetch nothing
    from data_pipelines.fetching.web import Web

FIELD_KINDS = ("text", "code", "whole", "number", "day", "flag")


class Reject(NamedTuple):
    """One raw row that breaks a rule: kept with its line, the rule's id, the reason and its own text."""

    line: int
    rule: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Raw:
    """A raw file to parse: its path, what is known of it beside its content, and its snapshot id.

    `iso3` and `known_at` are what the person who added it said, or the provider; `asked` is as in `Fetched`.
    """

    path: Path
    snapshot: str = ""
    iso3: str | None = None
    known_at: date | None = None
    asked: str = ""


@dataclass(frozen=True)
class PopulationGrid:
    """Persons per pixel (counts, never densities), float64, NaN where there is no data; OGC:CRS84, north up."""

    persons: np.ndarray
    transform: Affine
    year: int


@dataclass(frozen=True)
class Parsed:
    """What a file holds: rows by staged table, rejected rows, and the provider's own totals.

    Attributes
    ----------
    series
        One product for one country or the world, such as ``SDN adm1``; the newest snapshot of a series counts. It is
        named by what was asked for, where the file was fetched, as the content changes when records are withdrawn.
    rows_in
        Physical records in the file (header and HXL rows are not records);
        ``rows_in == loaded + len(rejects) + repeated`` always.
    frames
        Staged table name -> rows with that table's columns, but for ``snapshot``.
    rejects
        Rows that break the contract.
    repeated
        Records of which another of the same file stands for all that they say: exact copies, and those that the
        provider itself says are not to be counted; counted as superseded.
    split
        Rows more than the records they are of: a record of several figures, as stocks and flows of a year, has a row of
        each.
    columns
        Name of each column that stands in the file -> what its values look like: empty, whole, number, day or text.
    scope
        The product, such as ``GED``, that the file lists completely for the countries and days in `covers`: a record of
        an older file of the same source and scope that lies there and is not in this one was withdrawn. Empty where the
        file makes no such claim.
    published
        The provider's own date for the file, where its content gives one.
    totals
        Rows of ``measure, key, total``: sums over the accepted rows of the raw text itself, for the checks.
    grid
        The population raster, where the file is one (then ``pixels`` counts as rows loaded).
    covers
        ISO alpha-3 -> (first day, last day) for which the file speaks about a country's incidents or displacement.
    notes
        Sentences worth a place in the manifest: added columns, repaired rows.
    """

    series: str
    rows_in: int
    frames: Mapping[str, pd.DataFrame]
    rejects: list[Reject] = field(default_factory=list)
    repeated: int = 0
    split: int = 0
    totals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["measure", "key", "total"]))
    grid: PopulationGrid | None = None
    pixels: int = 0
    covers: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    published: date | None = None

    @property
    def loaded(self) -> int:
        """Records that go into tables."""
        return sum(len(frame) for frame in self.frames.values()) + self.pixels - self.split


@dataclass(frozen=True)
class Field:
    """One column of a provider's file that is read: the contract with the provider, and its line in the dictionary.

    Attributes
    ----------
    id
        Our name for it in the source's code.
    names
        The provider's names for it, the one of today first; case, blanks and punctuation do not count.
    kind
        One of `FIELD_KINDS`; a column of numbers or days in which most values are none is refused as retyped.
    meaning, unit
        In words; the unit is empty where there is none.
    required
        A file without it is refused.
    """

    id: str
    names: tuple[str, ...]
    kind: str
    meaning: str
    unit: str = ""
    required: bool = True


class Fetched(NamedTuple):
    """One whole file received from a provider.

    `known_at` is the provider's own date for it, where it gives one; `url` is where it came from, without any key;
    `iso3` is the one country it is about, if it was asked for so. `asked` is what was asked for, in words that are the
    same from run to run and that no other product, place or span has, such as ``SDN 2023``: it names the file's series,
    so that an answer without the records that were withdrawn takes the place of the one before. It may be empty where
    no withdrawal can change the series that the content gives.
    """

    path: Path
    known_at: date | None
    url: str
    iso3: str | None = None
    asked: str = ""


@dataclass(frozen=True)
class Source:
    """One provider's product: where from, licence, terms, cadence, and its two functions.

    `fetch(web, folder, iso3, since)` yields the files of a country (or of all) about the days since one, whole and
    checked, through the one door `web`; it is None where a file can only be added.
    `parse(raw)` reads one file, does no other I/O, and raises FileRefused where the file is not this product.
    `fields` are the columns that are read, `known` the names of the others that the product has; a column that is
    neither is reported. `hosts` are the only ones that `fetch` may reach, `keys` the secrets it needs.
    `may_pass_on` is False where the terms forbid handing on rows: then only what is computed from them is exported.
    """

    id: str
    title: str
    provider: str
    url: str
    licence: str
    terms: str
    citation: str
    cadence_days: int
    tables: tuple[str, ...]
    parse: Callable[[Raw], Parsed]
    fetch: "Callable[[Web, Path, str | None, date | None], Iterator[Fetched]] | None" = None
    caveats: tuple[str, ...] = ()
    may_pass_on: bool = True
    fields: tuple[Field, ...] = ()
    known: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


def names() -> list[str]:
    """Return the ids of the sources: the files in `data_pipelines/sources`."""
    package = import_module("data_pipelines.sources")
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))


@cache
def sources() -> dict[str, Source]:
    """Return every source by id."""
    return {name: source(name) for name in names()}


def source(name: str) -> Source:
    """Return one source, or say which there are; the others are not imported, which saves a command half a second."""
    if name not in names():
        raise UsageError(f"There is no source '{name}'; there are {', '.join(names())}.")
    found: Source = import_module(f"data_pipelines.sources.{name}").SOURCE
    return found
