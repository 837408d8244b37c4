"""IDMC Internal Displacement Updates (IDU): new displacements as they are reported, provisional and revised daily.

Of an event IDMC recommends some figures and keeps others to compare them with ("triangulation"), which are about the
same people. A figure's position is the mean of those of its places and may lie in none of them, so each is taken for
its country only. The texts for pop-up windows are HTML, name sources, and are not taken in.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Reject, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import dates, whole
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _idmc
from data_pipelines.sources._rounds import countries_named
from geo.errors import FileRefused

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

ID = "idmc_idu"
OPERATION = "IDMC Internal Displacement Updates (provisional)"
ASSESSMENT = "IDU"
CAUSES = ("Conflict", "Disaster", "Development", "Other")
RECOMMENDED, TRIANGULATION = "recommended", "triangulation"
LOCAL_MIDNIGHT_H = 13
"""Hours to add to a time in UTC to be on the day that it stands for.

Midnight of the provider's own zone (New Zealand's clock) is stored as 11:00 or 12:00 UTC of the day before: of 113
figures the day as it stands was that of the figure's own text in none, and 13 hours later in all. Those hours give the
right day for the midnight of any zone from UTC-10 to UTC+13, and for midnight UTC itself. A day without a time is that.
"""
_IN_UTC = r"T(\d{2}):.*(?:Z|[+-]00:?00)$"
FIELDS = (
    Field("id", ("id",), "whole", "IDMC's number of the figure"),
    Field("iso3", ("iso3",), "code", "country, ISO 3166 alpha-3; AB9 is the Abyei Area"),
    Field("cause", ("displacement_type",), "code", "Conflict, Disaster, Development or Other"),
    Field("persons", ("figure",), "whole", "new displacements: a flow, in which one person may count twice", "persons"),
    Field("date", ("displacement_date",), "day", "day of the displacement, the last of several"),
    Field("role", ("role",), "code", "whether IDMC recommends the figure or keeps it to compare", required=False),
    Field("qualifier", ("qualifier",), "code", "total, more than, less than or approximately", required=False),
)
KNOWN = (
    *("country", "latitude", "longitude", "centroid", "displacement_start_date", "displacement_end_date", "year"),
    *("event_id", "event_name", "event_codes", "event_code_types", "event_start_date", "event_end_date"),
    *("category", "subcategory", "type", "subtype", "standard_popup_text", "standard_info_text", "old_id", "sources"),
    *("source_url", "locations_name", "locations_coordinates", "locations_accuracy", "locations_type"),
    *("displacement_occurred", "created_at", "link", "description", "combined_type"),
)


def parse(raw: Raw) -> Parsed:
    """Read one file of updates; see `data_pipelines._source.Source`.

    Triangulation figures are not loaded and count as superseded by those that IDMC recommends; where the file has no
    roles, as HDX's copies do not, every figure counts. No months are covered: nothing is said of any district.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its figures can be read.
    """
    rows = read_rows(raw.path)
    taken = take(raw.path, rows.frame, FIELDS, KNOWN)
    cells, ids = taken.cells, whole(taken.cells["id"]).values
    figures = cells[["iso3", "cause", "qualifier"]].assign(
        id=ids, date=_days(cells["date"]), persons=whole(cells["persons"]).values
    )
    has_roles = bool(cells["role"].notna().any())
    role = cells["role"].str.casefold().str.extract(f"^({RECOMMENDED}|{TRIANGULATION})", expand=False)
    role = role if has_roles else role.fillna(RECOMMENDED)
    twin_rule, copies = twins(rows.frame, ids.astype("str"))
    fit, rejects = sift(rows, [*_rules(cells, figures, role), twin_rule])
    beside = fit & ~copies & (role == TRIANGULATION).to_numpy(dtype=bool)
    keep = fit & ~copies & ~beside
    if not keep.any():
        _refuse(raw.path, rows, rejects)
    kept = figures[keep].reset_index(drop=True)
    by_content = f"{countries_named(kept['iso3'])} from {kept['date'].min():%Y-%m}"
    return Parsed(
        series=f"IDU {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"displacement": _displacement(kept)},
        rejects=rows.rejects + rejects,
        repeated=int((fit & ~keep).sum()),
        totals=_totals(cells[keep]),
        notes=(*taken.notes, *_notes(kept, int(beside.sum()), has_roles=has_roles)),
        columns=taken.columns,
    )


def _refuse(path: Path, rows: Rows, rejects: list[Reject]) -> NoReturn:
    """Refuse a file of which no figure counts."""
    if rows.rejects or rejects:
        refuse_all(path, "figures", rows, rejects)
    raise FileRefused(
        f"IDMC recommends none of the {rows.rows_in} figures of '{path.name}'; get the file of all updates."
    )


def _days(text: pd.Series) -> pd.Series:
    """Return the days that texts stand for; see `LOCAL_MIDNIGHT_H`."""
    hour = pd.to_numeric(text.str.extract(_IN_UTC, expand=False), errors="coerce").fillna(0)
    is_day_before = (hour + LOCAL_MIDNIGHT_H >= 24).to_numpy(dtype=bool)
    days = dates(text).values
    return days.where(~is_day_before, days + pd.Timedelta(days=1)).astype("datetime64[s]")


def _rules(cells: pd.DataFrame, figures: pd.DataFrame, role: pd.Series) -> list[Rule]:
    is_counted = figures["persons"].between(0, _idmc.MAX_PERSONS).fillna(value=False).to_numpy(dtype=bool)
    return [
        ("id", "its id is missing or not a whole number", figures["id"].isna()),
        ("role", "its role is neither recommended nor triangulation", ~role.isin([RECOMMENDED, TRIANGULATION])),
        ("iso3", "its iso3 is not the code of a country", ~cells["iso3"].str.fullmatch(_idmc.ISO3)),
        ("cause", f"its displacement_type is not {', '.join(CAUSES)}", ~cells["cause"].isin(CAUSES)),
        ("date", "its displacement_date is missing or not a day", figures["date"].isna()),
        ("persons", "its figure is missing, negative or not a whole number", ~is_counted),
    ]


def _displacement(figures: pd.DataFrame) -> pd.DataFrame:
    native = figures["id"].astype("int64").astype("str")
    return staged(
        "displacement",
        {
            "displacement_id": f"{ID}:" + native,
            "source": ID,
            "native_id": native,
            "iso3": figures["iso3"],
            "operation": OPERATION,
            "assessment": ASSESSMENT,
            "measure": "flow",
            "level": 0,
            "area_id": figures["iso3"],
            "date": figures["date"],
            "round": pd.Series(pd.NA, index=figures.index, dtype="Int64"),
            "reason": figures["cause"],
            "persons": figures["persons"],
        },
    )


def _totals(cells: pd.DataFrame) -> pd.DataFrame:
    """Return persons by ``operation|assessment|round|date|level``, added up from the text in plain whole numbers."""
    sums: Counter[str] = Counter()
    for text, figure in zip(cells["date"], cells["persons"], strict=True):
        hours = int(text[11:13]) + LOCAL_MIDNIGHT_H if re.search(_IN_UTC, text) else 0
        day = date.fromisoformat(text[:10]) + timedelta(days=int(hours >= 24))
        sums[f"{OPERATION}|{ASSESSMENT}||{day}|0"] += int(figure.partition(".")[0])
    rows = [("persons", key, total) for key, total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


def _notes(figures: pd.DataFrame, beside: int, *, has_roles: bool) -> tuple[str, ...]:
    """Say what was set aside, and how many figures are not what they are called."""
    notes = []
    if beside:
        notes.append(
            f"{beside:,} triangulation figures are about the same people as those that IDMC recommends; not counted."
        )
    if not has_roles:
        notes.append("It names no roles; every figure is taken as recommended.")
    words = figures.loc[figures["qualifier"] != "total", "qualifier"].value_counts()
    if len(words):
        listed = ", ".join(f"{number:,} '{word}'" for word, number in words.items())
        notes.append(f"Of {len(figures):,} figures some are no totals but {listed}; they are kept as given.")
    return tuple(notes)


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield all updates of all countries, in which neither a country nor a day can be chosen.

    Raises
    ------
    UsageError
        The key is not set.
    DataError
        The API cannot be asked.
    FileRefused
        What came is not whole.
    """
    from data_pipelines.fetching.download import download  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import secret  # noqa: PLC0415

    key = {"client_id": secret(web, _idmc.KEY)}
    fetched = download(web, f"{_idmc.URL}/idus/all/", folder, name="idmc_idu_all.json", params=key)
    yield fetched._replace(asked="all")


SOURCE = Source(
    id=ID,
    title="IDMC Internal Displacement Updates (IDU)",
    provider=_idmc.PROVIDER,
    url="https://www.internal-displacement.org/internal-displacement-updates/",
    licence=_idmc.LICENCE,
    terms=_idmc.TERMS,
    citation="Internal Displacement Monitoring Centre (IDMC), Internal Displacement Updates.",
    cadence_days=7,
    tables=("displacement",),
    parse=parse,
    fetch=fetch,
    caveats=(
        "Figures are new displacements, not persons: who flees twice counts twice; never to be added to stocks.",
        "Provisional, and revised daily; the validated figures of a year are GIDD's, and the two are never one series.",
        "Known by country only: a figure's position is the mean of several places.",
        "Figures that IDMC keeps to compare are not counted, also where an event has no recommended one.",
    ),
    fields=FIELDS,
    known=KNOWN,
    hosts=(_idmc.HOST,),
    keys=(_idmc.KEY,),
)
