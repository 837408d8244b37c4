"""UNHCR's population figures: displaced persons of a year by country of asylum, country of origin and type."""

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers import fields
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged, twins

TYPES = ("refugees", "asylum_seekers", "idps", "oip")
"""Those who are displaced and counted on the last day of the year."""

POPULATION = (
    Field("year", ("year",), "whole", "the year at whose end persons are counted; the latest may be of its middle"),
    Field("asylum", ("coa_iso",), "code", "country where they are, ISO alpha-3; coa is UNHCR's own code"),
    Field(
        "origin",
        ("coo_iso",),
        "code",
        "country they come from, ISO alpha-3; - where it is none, as for stateless persons",
    ),
    Field("origin_own", ("coo",), "code", "UNHCR's own code of it, for what has no other", required=False),
    Field("refugees", ("refugees",), "text", "refugees and people in refugee-like situations", "persons"),
    Field("asylum_seekers", ("asylum_seekers",), "text", "persons whose claim is not decided", "persons"),
    Field("idps", ("idps",), "text", "internally displaced persons whom UNHCR protects or assists", "persons"),
    Field("oip", ("oip",), "text", "other people in need of international protection", "persons", required=False),
)
KNOWN = (
    *("coo_id", "coo_name", "coa_id", "coa_name", "coa"),
    *("returned_refugees", "returned_idps", "stateless", "ooc", "hst"),
)
_ISO3 = "[A-Z]{3}"
_NONE = "-"
_UNTOLD = "unknown"
_FIRST_YEAR, _LAST_YEAR = 1951, 2100
_JUNE = 6
_MAX_PERSONS = 100_000_000


def parse_population(source: str, raw: Raw, rows: Rows) -> Parsed:
    """Return what a file of population figures holds: of each record one row per type that it has a figure of.

    Figures of several types are of different persons as a rule and not always, so they are of different assessments,
    which nothing adds up. A file speaks for no part of a country, so it covers none.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its rows can be read.
    """
    taken = take(raw.path, rows.frame, POPULATION, KNOWN)
    cells = taken.cells.replace(_NONE, np.nan)
    cells["origin"] = cells["origin"].fillna(cells["origin_own"]).fillna(_UNTOLD)
    cells["day"] = _days(cells["year"], raw.known_at)
    native = cells["year"] + ":" + cells["asylum"] + ":" + cells["origin"]
    persons = {name: fields.whole(cells[name]) for name in TYPES}
    twin_rule, copies = twins(rows.frame, native)
    fit, rejects = sift(rows, [*_rules(cells, persons), twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "figures", rows, rejects)
    figures = _figures(source, cells.assign(native=native)[keep])
    return Parsed(
        series=f"UNHCR {raw.asked or _by_content(cells[keep], raw.iso3)}",
        rows_in=rows.rows_in,
        frames={"displacement": figures},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        split=len(figures) - int(keep.sum()),
        totals=_totals(cells[keep]),
        notes=taken.notes,
        columns=taken.columns,
    )


def _days(year: pd.Series, known_at: date | None) -> pd.Series:
    """Return the day counted on: a year's end, whose figures appear in June, or until then the year's middle."""
    number = fields.whole(year).values
    settled = 9_999 if known_at is None else known_at.year - (1 if known_at.month >= _JUNE else 2)
    end = pd.Series("-12-31", index=year.index, dtype="str").where(number.le(settled).fillna(True), "-06-30")
    return number.astype("str") + end


def _rules(cells: pd.DataFrame, persons: dict[str, fields.Typed]) -> list[Rule]:
    """Return rules for the year, the countries and the numbers of persons."""
    year = fields.whole(cells["year"]).values
    bad = [typed.bad | ~typed.values.fillna(0).between(0, _MAX_PERSONS) for typed in persons.values()]
    has_none = [typed.values.isna() for typed in persons.values()]
    is_origin = cells["origin"].str.fullmatch(_ISO3) | cells["origin"].eq(_UNTOLD)
    return [
        ("year", "its year is not one", ~year.between(_FIRST_YEAR, _LAST_YEAR).fillna(False)),
        (
            "iso3",
            "its coa_iso is not an ISO alpha-3 code",
            ~cells["asylum"].str.fullmatch(_ISO3).fillna(False).astype(bool),
        ),
        ("origin", "its coo_iso is not an ISO alpha-3 code", ~is_origin),
        ("persons", "a number of persons is negative or not a whole number", np.logical_or.reduce(bad)),
        ("no_figure", f"it has no figure of {', '.join(TYPES)}", np.logical_and.reduce(has_none)),
    ]


def _figures(source: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `displacement`: a series is of one type and origin, which are its assessment and operation."""
    long = cells.melt(["native", "day", "asylum", "origin"], list(TYPES), "type", "persons").dropna(subset=["persons"])
    long = long.sort_values("native", kind="stable")
    return staged(
        "displacement",
        {
            "displacement_id": f"{source}:" + long["native"] + ":" + long["type"].astype("str"),
            "source": source,
            "native_id": long["native"],
            "measure": "stock",
            "iso3": long["asylum"],
            "operation": "UNHCR, from " + long["origin"],
            "assessment": long["type"].astype("str"),
            "level": 0,
            "area_id": long["asylum"],
            "date": pd.to_datetime(long["day"]).astype("datetime64[s]"),
            "round": pd.Series(pd.NA, index=long.index, dtype="Int64"),
            "reason": pd.Series(np.nan, index=long.index, dtype="str"),
            "persons": fields.whole(long["persons"]).values,
        },
    )


def _by_content(cells: pd.DataFrame, iso3: str | None) -> str:
    """Name the one country of asylum or of origin that a file is of, and its first year.

    Of one pair of countries either may be meant: the one that the file was asked for.
    """
    sides = {"in": cells["asylum"].unique(), "from": cells["origin"].unique()}
    single = [f"{word} {found[0]}" for word, found in sides.items() if len(found) == 1]
    meant = [scope for scope in single if iso3 and scope.endswith(iso3)]
    return f"{[*meant, *single, 'world'][0]} from {cells['year'].min()[:4]}"


def _totals(cells: pd.DataFrame) -> pd.DataFrame:
    """Return persons by ``operation|assessment|round|date|level``, added up from the text in plain whole numbers."""
    sums: Counter[str] = Counter()
    for record in cells.to_dict("records"):
        for name in TYPES:
            if isinstance(record[name], str):
                key = f"UNHCR, from {record['origin']}|{name}||{record['day']}|0"
                sums[key] += int(record[name].partition(".")[0])
    return pd.DataFrame([("persons", key, n) for key, n in sorted(sums.items())], columns=["measure", "key", "total"])
