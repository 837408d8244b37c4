"""Rounds of displaced persons present, whoever hands them on: operations, assessments, areas, and ids that last."""

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

ASSESSMENTS = ("BA", "SA", "ETT")
"""Baseline, site, and emergency event tracking."""
PCODE = "[A-Z]{2,3}[0-9][0-9A-Z]*"
ISO3 = "[A-Z]{3}"
MAX_PERSONS = 100_000_000
_MAX_NAMED = 5


def hashed_ids(source_id: str, about: pd.DataFrame) -> pd.Series:
    """Return ids for records without one: a hash of what each is about, and its place among its like.

    Parameters
    ----------
    source_id
        Begins each id.
    about
        Columns that say what is counted, never how many: so a record that is revised keeps its id.

    Returns
    -------
    pandas.Series
        On the index of `about`; no id stands twice.
    """
    words = pd.Series(["|".join(row) for row in about.astype("str").fillna("").to_numpy()], dtype="str")
    numbered = words + "|" + words.groupby(words).cumcount().astype("str")
    hashes = [f"{source_id}:{hashlib.sha256(text.encode()).hexdigest()[:16]}" for text in numbered]
    return pd.Series(hashes, index=about.index, dtype="str")


def months_covered(iso3: pd.Series, days: pd.Series) -> Mapping[str, tuple[date, date]]:
    """Return the first day of the first and the last day of the last month with a record, by country."""
    spans = days.groupby(iso3).agg(["min", "max"])
    return {
        str(country): (first.date().replace(day=1), last.date().replace(day=monthrange(last.year, last.month)[1]))
        for country, first, last in spans.itertuples()
    }


def countries_named(iso3: Iterable[str]) -> str:
    """Return the countries joined by ``+``, or ``world`` where there are more than a name holds."""
    countries = sorted(set(iso3))
    return "+".join(countries) if len(countries) <= _MAX_NAMED else "world"
