"""IDMC Global Internal Displacement Database (GIDD): a country's validated figures of a year.

Each country-year holds up to four: persons displaced at its end (stocks) and displacements during it (flows), by
conflict and by disasters. The rounded twin of each is for display and is not read.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Reject, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import column, dates, whole
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _idmc
from data_pipelines.sources._rounds import countries_named
from geo.errors import FileRefused

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

ID = "idmc_gidd"
ASSESSMENT = "GIDD"
PAGE = 1_000


class _Figure(NamedTuple):
    """One of a country-year's figures: its series, which is never mixed with another, and what it measures."""

    id: str
    operation: str
    measure: str
    reason: str


FIGURES = (
    _Figure("conflict_stock", "IDMC GIDD (validated): displaced by conflict at year end", "stock", "Conflict"),
    _Figure("conflict_flow", "IDMC GIDD (validated): displacements by conflict in the year", "flow", "Conflict"),
    _Figure("disaster_stock", "IDMC GIDD (validated): displaced by disasters at year end", "stock", "Disaster"),
    _Figure("disaster_flow", "IDMC GIDD (validated): displacements by disasters in the year", "flow", "Disaster"),
)
_FLOW_WORDS = "displacements in the year, in which one person may count twice"
FIELDS = (
    Field("iso3", ("iso3",), "code", "country, ISO 3166 alpha-3; AB9 is the Abyei Area"),
    Field("year", ("year",), "whole", "calendar year"),
    Field(
        *("conflict_stock", ("conflict_total_displacement", "Conflict Stock Displacement (Raw)", "total_displacement")),
        *("whole", "persons displaced by conflict and violence on 31 December", "persons"),
    ),
    Field(
        *("conflict_flow", ("conflict_new_displacement", "Conflict Internal Displacements (Raw)", "new_displacement")),
        *("whole", f"{_FLOW_WORDS}, by conflict and violence", "persons"),
    ),
    Field(
        *("disaster_stock", ("disaster_total_displacement", "Disaster Stock Displacement (Raw)")),
        *("whole", "persons displaced by disasters on 31 December", "persons"),
        required=False,
    ),
    Field(
        *("disaster_flow", ("disaster_new_displacement", "Disaster Internal Displacements (Raw)")),
        *("whole", f"{_FLOW_WORDS}, by disasters", "persons"),
        required=False,
    ),
)
KNOWN = (
    *("country_name", "Name", "total_displacement_rounded", "new_displacement_rounded"),
    *(f"{cause}_{kind}_displacement_rounded" for cause in ("conflict", "disaster") for kind in ("total", "new")),
    *("Conflict Stock Displacement", "Conflict Internal Displacements"),
    *("Disaster Stock Displacement", "Disaster Internal Displacements", "last_updated"),
)


def parse(raw: Raw) -> Parsed:
    """Read one file of country-years; see `data_pipelines._source.Source`.

    Each figure is a row of the last day of its year, for the country. A record without any figure says nothing that is
    not said by its absence, and counts as superseded. No months are covered: nothing is said of any district.

    Raises
    ------
    FileRefused
        The file lists disasters one by one, lacks columns, or none of its records can be read.
    """
    rows = read_rows(raw.path)
    if column(rows.frame, "event_name", "hazard_type", "Hazard Type") is not None:
        raise FileRefused(
            f"The file '{raw.path.name}' lists disasters one by one, whose figures overlap those of their years; get "
            "the figures by country and year (displacements)."
        )
    taken = take(raw.path, rows.frame, FIELDS, KNOWN)
    years = _years(taken.cells)
    keys = (taken.cells["iso3"] + "|" + years["year"].astype("str")).where(years["year"].notna())
    twin_rule, copies = twins(rows.frame, keys)
    fit, rejects = sift(rows, [*_rules(taken.cells, years), twin_rule])
    is_empty = years[[each.id for each in FIGURES]].isna().all(axis=1).to_numpy()
    keep = fit & ~copies & ~is_empty
    if not keep.any():
        _refuse(raw.path, rows, rejects)
    kept = years[keep].reset_index(drop=True)
    figures = _displacement(kept)
    empty = int((fit & ~copies & is_empty).sum())
    said = (f"{empty:,} country-years hold no figure at all.",) if empty else ()
    return Parsed(
        series=f"GIDD {raw.asked or countries_named(kept['iso3'])}",
        rows_in=rows.rows_in,
        frames={"displacement": figures},
        rejects=rows.rejects + rejects,
        repeated=int((fit & ~keep).sum()),
        split=len(figures) - len(kept),
        totals=_totals(taken.cells[keep]),
        notes=(*taken.notes, *said),
        columns=taken.columns,
    )


def _refuse(path: Path, rows: Rows, rejects: list[Reject]) -> NoReturn:
    """Refuse a file without any figure."""
    if rows.rejects or rejects:
        refuse_all(path, "country-years", rows, rejects)
    raise FileRefused(f"None of the {rows.rows_in} country-years of '{path.name}' holds a figure; get the file again.")


def _years(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the country-years with their types; what cannot be read is missing."""
    numbers = {name: whole(cells[name]).values for name in ("year", *(each.id for each in FIGURES))}
    return pd.DataFrame({"iso3": cells["iso3"], **numbers})


def _rules(cells: pd.DataFrame, years: pd.DataFrame) -> list[Rule]:
    is_counted = pd.DataFrame(
        {
            each.id: cells[each.id].isna()
            | years[each.id].between(0, _idmc.MAX_PERSONS).fillna(value=False).astype(bool)
            for each in FIGURES
        }
    )
    return [
        ("iso3", "its iso3 is not the code of a country", ~cells["iso3"].str.fullmatch(_idmc.ISO3)),
        ("year", "its year is missing or not one since 1900", ~years["year"].between(1900, 2100).fillna(value=False)),
        ("persons", "a figure is negative or not a whole number", ~is_counted.all(axis=1)),
    ]


def _displacement(years: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each figure, of one country-year after the other."""
    parts = [_rows_of(each, years[years[each.id].notna()]) for each in FIGURES]
    rows = pd.concat(parts).sort_index(kind="stable")
    return rows.reset_index(drop=True)


def _rows_of(figure: _Figure, years: pd.DataFrame) -> pd.DataFrame:
    native = years["iso3"] + " " + years["year"].astype("int64").astype("str")
    rows = staged(
        "displacement",
        {
            "displacement_id": f"{ID}:{figure.id}:" + native,
            "source": ID,
            "native_id": native,
            "iso3": years["iso3"],
            "operation": figure.operation,
            "assessment": ASSESSMENT,
            "measure": figure.measure,
            "level": 0,
            "area_id": years["iso3"],
            "date": pd.to_datetime(years["year"].astype("int64").astype("str") + "-12-31").astype("datetime64[s]"),
            "round": pd.Series(pd.NA, index=years.index, dtype="Int64"),
            "reason": figure.reason,
            "persons": years[figure.id],
        },
    )
    return rows.set_index(years.index)


def _totals(cells: pd.DataFrame) -> pd.DataFrame:
    """Return persons by ``operation|assessment|round|date|level``, added up from the text in plain whole numbers."""
    sums: Counter[str] = Counter()
    for figure in FIGURES:
        said = cells[figure.id].notna()
        for year, text in zip(cells.loc[said, "year"], cells.loc[said, figure.id], strict=True):
            sums[f"{figure.operation}|{ASSESSMENT}||{year.partition('.')[0]}-12-31|0"] += int(text.partition(".")[0])
    rows = [("persons", key, total) for key, total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield all country-years in one file, as a few pages hold them; the day of the release is when they were known.

    Raises
    ------
    UsageError
        The key is not set.
    DataError
        The API cannot be asked.
    FileRefused
        The pages do not hold the total that they claim, or repeat a country-year.
    """
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import secret, shown  # noqa: PLC0415

    params: dict[str, str | int] = {"client_id": secret(web, _idmc.KEY), "format": "json", "limit": PAGE, "offset": 0}
    first = Request(f"{_idmc.URL}/gidd/displacements/", params)
    pages = collect(
        web,
        first,
        following=_following,
        records=lambda page: page["results"],
        claimed=lambda page: page["count"],
        ids=lambda record: (record["iso3"], record["year"]),
    )
    path = write_pages(pages, folder / "idmc_gidd_displacements.json")
    yield Fetched(path, _released(pages[0]), shown(web, first.url), asked="all")


def _released(page: bytes) -> date | None:
    """Return the day of the release that a page is of, if it says so."""
    said = pd.Series([str(json.loads(page).get("last_updated"))], dtype="str")
    days = dates(said).values.dropna()
    return days.iloc[0].date() if len(days) else None


def _following(request: "Request", document: Any, _: int) -> "Request":  # noqa: ANN401 - a JSON document is anything
    """Return the request for the records after those received: the API may give fewer than asked for.

    Its own link to the next page is not followed, as it holds the key.
    """
    offset = int(request.params["offset"]) + len(document["results"])
    return replace(request, params={**request.params, "offset": offset})


SOURCE = Source(
    id=ID,
    title="IDMC Global Internal Displacement Database (GIDD)",
    provider=_idmc.PROVIDER,
    url="https://www.internal-displacement.org/database/displacement-data/",
    licence=_idmc.LICENCE,
    terms=_idmc.TERMS,
    citation="Internal Displacement Monitoring Centre (IDMC), Global Internal Displacement Database.",
    cadence_days=365,
    tables=("displacement",),
    parse=parse,
    fetch=fetch,
    caveats=(
        "Figures are of a country and a year: stocks of 31 December, flows of the year; never added to each other.",
        "Flows count displacements, not persons: who flees twice counts twice.",
        "Validated once a year, unlike IDMC's provisional updates (IDU), with which they are never one series.",
        "A figure that is missing is unknown, not none.",
    ),
    fields=FIELDS,
    known=KNOWN,
    hosts=(_idmc.HOST,),
    keys=(_idmc.KEY,),
)
