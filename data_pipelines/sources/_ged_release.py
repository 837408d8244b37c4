"""Which release of UCDP GED a file is: its series, and the countries and days it speaks for.

Of a fetched file that is known from what was asked for. Of one added by hand it is told by the content, by which a
candidate release with one event of the year before, or a yearly one of a quiet country, may be taken for another.
"""

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

COUNTRY = ["iso3", "country", "region"]
FIRST_YEAR = 1989
"""Since when GED is global, but for Syria."""
_MAX_NAMED = 5
_WORLD = "world"


def asked_for(iso3: str | None, product: str, first: date, last: date) -> str:
    """Return the words in which a release is asked for, of a country or the world, from which its days can be told."""
    return f"{iso3 or _WORLD} {product}, {first} to {last}"


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
        Its accepted events as text (the columns `COUNTRY`), their Gleditsch-Ward numbers, and as rows of `incidents`;
        not empty.
    """
    countries = _countries(cells, numbers)
    known = [country for country in countries if re.fullmatch("[A-Z]{3}", country)]
    if raw.iso3 and len(known) == len(countries) and raw.iso3 not in known:
        raise FileRefused(
            f"The file '{raw.path.name}' is of {', '.join(known)}, not {raw.iso3}; add it without --iso3."
        )
    if raw.iso3 and not known and len(countries) == 1:
        known = countries = [raw.iso3]
    if raw.asked:
        return _asked(raw.asked, known)
    product = _product(frame, events)
    covered = _covered(product, events, raw.known_at)
    return Release(f"GED {_scope(countries, cells['region'])} {product}", dict.fromkeys(known, covered))


def _asked(asked: str, known: list[str]) -> Release:
    """Return the release that was asked for: it speaks for all its days, that of the world for all countries."""
    series, _, days = asked.partition(", ")
    first, last = (date.fromisoformat(day) for day in days.split(" to "))
    countries = {*known, *ISO3.values()} if series.startswith(_WORLD) else {*known}
    return Release(f"GED {series}", dict.fromkeys(sorted(countries), (first, last)))


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
    return str(names[0]) if len(names) == 1 else _WORLD


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
