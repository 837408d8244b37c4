"""IOM Displacement Tracking Matrix: displaced persons present (stocks) per operation, round and area.

Read from the API's JSON (version 3, envelope or array), its CSV, and the global CSV on HDX with its HXL row. One area
has several rows in a round, by reason and origin; admin levels 0 to 2 may stand in one file and repeat the same people.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw, Source
from data_pipelines.readers import fields
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import plain_records, read_rows
from data_pipelines.sources import _dtm_api
from data_pipelines.sources._rounds import (
    ASSESSMENTS,
    ISO3,
    MAX_PERSONS,
    PCODE,
    countries_named,
    hashed_ids,
    months_covered,
)

ID = "iom_dtm"
FIELDS = (
    Field("operation", ("operation",), "text", "name of the operation; figures of two are never compared"),
    Field("iso3", ("admin0Pcode",), "code", "country where the persons are, ISO 3166 alpha-3"),
    Field("persons", ("numPresentIdpInd",), "whole", "displaced persons present on the day: a stock", "persons"),
    Field("date", ("reportingDate",), "day", "day the figure is for"),
    Field("assessment", ("assessmentType",), "code", "BA baseline, SA site, ETT emergency event tracking"),
    Field("id", ("id",), "whole", "the API's number of the figure, counted anew at each level", required=False),
    Field("adm1", ("admin1Pcode",), "code", "P-code of the province", required=False),
    Field("adm2", ("admin2Pcode",), "code", "P-code of the district", required=False),
    Field("adm2_name", ("admin2Name",), "text", "name of the district, also where no code was found", required=False),
    Field("level", ("adminLevel",), "whole", "admin level; the same persons stand at each", required=False),
    Field("round", ("roundNumber",), "whole", "round of the operation", required=False),
    Field("reason", ("displacementReason",), "text", "reason of displacement; rows of one area add up", required=False),
    Field("origin", ("idpOriginAdmin1Pcode",), "code", "P-code of the province they came from", required=False),
    Field("origin_name", ("idpOriginAdmin1Name",), "text", "name of the province they came from", required=False),
)
KNOWN = (
    *("admin0Name", "admin1Name", "yearReportingDate", "monthReportingDate", "numberMales", "numberFemales"),
    "operationStatus",
)
_KEY = ("operation", "assessment", "level", "area_id", "date", "round", "reason", "origin", "origin_name")


def parse(raw: Raw) -> Parsed:
    """Read one file of DTM figures; see `data_pipelines._source.Source`.

    Every row is a record of its own: figures of one area and round that differ in reason or origin add up, figures of
    different rounds, levels or operations never do.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its rows can be read.
    """
    rows = read_rows(raw.path)
    taken = take(raw.path, rows.frame, FIELDS, KNOWN)
    cells = taken.cells.assign(iso3=taken.cells["iso3"].fillna(raw.iso3))
    table = _typed(cells)
    copies = rows.frame.duplicated().to_numpy()
    fit, rejects = sift(rows, [*_rules(cells, table), twins(rows.frame, _native(table))[0]])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "figures", rows, rejects)
    figures = table[keep].reset_index(drop=True)
    return Parsed(
        series=f"DTM {raw.asked or _by_content(figures)}",
        rows_in=rows.rows_in,
        frames={"displacement": _displacement(figures)},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        totals=_totals(raw.path, rows.lines[keep].tolist(), figures["level"].tolist()),
        covers=months_covered(figures["iso3"], figures["date"]),
        notes=taken.notes,
        columns=taken.columns,
    )


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the figures with their types; what cannot be read is missing."""
    by_code = np.select([cells["adm2"].notna(), cells["adm1"].notna()], [2, 1], 0)
    level = fields.whole(cells["level"]).values.where(cells["level"].notna(), by_code)
    area = cells["iso3"].where(level.eq(0).fillna(False), cells["adm1"].where(level.eq(1).fillna(False), cells["adm2"]))
    return cells.assign(
        level=level,
        area_id=area,
        date=fields.dates(cells["date"]).values,
        round=fields.whole(cells["round"]).values,
        persons=fields.whole(cells["persons"]).values,
    )


def _rules(cells: pd.DataFrame, table: pd.DataFrame) -> list[Rule]:
    """Return rules for every column that a figure cannot do without."""
    is_code = table["area_id"].str.fullmatch(PCODE) | (table["level"].eq(0).fillna(False))
    # A district that has a name and no code would be taken for its whole province, at whose level it stands again.
    is_nameless_code = cells["level"].isna() & cells["adm2_name"].notna() & cells["adm2"].isna()
    return [
        ("iso3", "its admin0Pcode is not an ISO alpha-3 code", ~cells["iso3"].str.fullmatch(ISO3)),
        ("operation", "it names no operation", cells["operation"].isna()),
        ("assessment", f"its assessmentType is not {' or '.join(ASSESSMENTS)}", ~cells["assessment"].isin(ASSESSMENTS)),
        ("level", "its adminLevel is not 0, 1 or 2", ~table["level"].between(0, 2).fillna(False)),
        ("area", "its P-code for that level is missing or not a code", ~is_code | is_nameless_code),
        ("date", "its reportingDate is missing or not a day", table["date"].isna()),
        ("round", "its roundNumber is not a whole number", cells["round"].notna() & table["round"].isna()),
        (
            "persons",
            "its numPresentIdpInd is missing, negative or not a whole number",
            ~table["persons"].between(0, MAX_PERSONS).fillna(False),
        ),
    ]


def _native(table: pd.DataFrame) -> pd.Series:
    """Return provider ids with their level, as the API numbers each level from 1; missing where there is none."""
    return f"{ID}:adm" + table["level"].astype("str") + ":" + table["id"]


def _displacement(figures: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `displacement`."""
    is_nameless = figures["id"].isna()
    ids = _native(figures)
    ids[is_nameless] = hashed_ids(ID, figures.loc[is_nameless, list(_KEY)])
    return staged(
        "displacement",
        {
            "displacement_id": ids,
            "source": ID,
            "native_id": figures["id"],
            "measure": "stock",
            **{name: figures[name] for name in ("iso3", "operation", "assessment", "level", "area_id", "date")},
            **{name: figures[name] for name in ("round", "reason", "persons")},
        },
    )


def _by_content(figures: pd.DataFrame) -> str:
    """Name the countries, the levels, the operation where there is but one, and the month that the figures begin with.

    So a file of the last months only never takes the place of the whole history.
    """
    levels = "-".join(str(level) for level in sorted(figures["level"].unique()))
    operations = figures["operation"].unique()
    scope = countries_named(figures["iso3"])
    first = f"from {figures['date'].min():%Y-%m}"
    return " ".join([scope, f"adm{levels}", *(operations if len(operations) == 1 else ()), first])


def _totals(path: Path, lines: list[int], levels: list[int]) -> pd.DataFrame:
    """Return persons by ``operation|assessment|round|date|level``, added up from the text in plain whole numbers."""
    level_of = dict(zip(lines, levels, strict=True))
    sums: Counter[str] = Counter()
    for line, cells in plain_records(path):
        if line in level_of:
            words = (cells["operation"].strip(), cells["assessmenttype"].strip(), _whole(cells.get("roundnumber", "")))
            key = "|".join((*words, cells["reportingdate"].strip()[:10], str(level_of[line])))
            sums[key] += int(_whole(cells["numpresentidpind"]))
    rows = [("persons", key, total) for key, total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


def _whole(text: str) -> str:
    return text.strip().partition(".")[0]


SOURCE = Source(
    id=ID,
    title="IOM Displacement Tracking Matrix (DTM)",
    provider="International Organization for Migration (IOM)",
    url="https://dtm.iom.int/",
    licence="IOM DTM terms of use: non-commercial, no redistribution of the data",
    terms="Figures may be shown and cited; the rows themselves may not be passed on.",
    citation="International Organization for Migration (IOM), Displacement Tracking Matrix (DTM).",
    cadence_days=30,
    tables=("displacement",),
    parse=parse,
    fetch=_dtm_api.fetch,
    may_pass_on=False,
    caveats=(
        "Figures are stocks: persons present on the day, never to be added over rounds.",
        "Rounds come at irregular intervals; an area that a round does not name is unknown, not empty.",
        "Figures of different operations or assessments are not comparable.",
    ),
    fields=FIELDS,
    known=KNOWN,
    hosts=(_dtm_api.HOST,),
    keys=(_dtm_api.KEY,),
)
