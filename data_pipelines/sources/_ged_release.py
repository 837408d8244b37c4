"""Which release of UCDP GED a file is, told by its content: its series, and the countries and days it speaks for."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pandas as pd

from data_pipelines._source import Raw
from data_pipelines.readers.fields import column
from data_pipelines.sources._gleditsch_ward import ISO3
from geo.errors import FileRefused

FIRST_YEAR = 1989
"""Since when GED is global, but for Syria."""
_MAX_NAMED = 5


class Release(NamedTuple):
    """A file's series, and ISO alpha-3 to the first and last day it covers."""

    series: str
    covers: Mapping[str, tuple[date, date]]


def read_release(
    raw: Raw, frame: pd.DataFrame, cells: pd.DataFrame, numbers: pd.Series, events: pd.DataFrame
) -> Release:
    """Tell a file's release.

    Parameters
    ----------
    raw
        The file; where it was added for one country, that country must be in it.
    frame
        The file's rows of text under its own column names.
    cells, numbers, events
        Its accepted events as text, their Gleditsch-Ward numbers, and as rows of `incidents`; not empty.
    """
    product = _product(frame, events)
    countries = _countries(cells, numbers)
    known = [country for country in countries if re.fullmatch("[A-Z]{3}", country)]
    if raw.iso3 and len(known) == len(countries) and raw.iso3 not in known:
        raise FileRefused(
            f"The file '{raw.path.name}' is of {', '.join(known)}, not {raw.iso3}; add it without --iso3."
        )
    if raw.iso3 and not known and len(countries) == 1:
        known = countries = [raw.iso3]
    covered = _covered(product, events, raw.known_at)
    return Release(f"GED {_scope(countries, cells['region'])} {product}", dict.fromkeys(known, covered))


def _product(frame: pd.DataFrame, events: pd.DataFrame) -> str:
    """Return ``explorer``, ``hdx``, ``yearly`` or ``candidate`` with its month, or its year where it is cumulative."""
    if column(frame, "best_est") is not None:
        return "explorer"
    if column(frame, "iso3") is not None:
        return "hdx"
    first, last = events["date_end"].min(), events["date_end"].max()
    if first.year < last.year:
        return "yearly"
    return f"candidate {last:%Y-%m}" if first.month == last.month else f"candidate {last:%Y}"


def _countries(cells: pd.DataFrame, numbers: pd.Series) -> list[str]:
    """Return the countries in order, by ISO alpha-3 where it is known, else by UCDP's name."""
    iso3 = cells["iso3"].fillna(numbers.map(ISO3).astype("str"))
    return sorted(iso3.fillna(cells["country"]).fillna("unnamed").unique())


def _scope(countries: list[str], regions: pd.Series) -> str:
    """Name what a file is of, alike from release to release: a few countries, one region, or the world."""
    if len(countries) <= _MAX_NAMED:
        return "+".join(countries)
    names = regions.dropna().unique()
    return str(names[0]) if len(names) == 1 else "world"


def _covered(product: str, events: pd.DataFrame, known_at: date | None) -> tuple[date, date]:
    """Return first and last day: whole years since the first event, but whole months of a candidate release.

    A year that was not over when the file was known is covered up to the month of its last event: exports of HDX and of
    the web explorer may go on into it, and must not speak for months to come, nor withdraw the candidates of others.
    """
    last = events["date_end"].max()
    of_month = date(last.year, last.month, monthrange(last.year, last.month)[1])
    if product.startswith("candidate"):
        first = events["date_end"].min()
        return date(first.year, first.month, 1), of_month
    is_over = known_at is None or known_at.year > last.year
    return date(max(events["date_start"].min().year, FIRST_YEAR), 1, 1), date(
        last.year, 12, 31
    ) if is_over else of_month
