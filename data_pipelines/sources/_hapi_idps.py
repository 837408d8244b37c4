"""Displaced persons present as HDX HAPI gives them: IOM's figures of a round, added up over reasons and origins."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import dates, whole
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged
from data_pipelines.readers.text import plain_records
from data_pipelines.sources import _hapi
from data_pipelines.sources._rounds import (
    ASSESSMENTS,
    ISO3,
    MAX_PERSONS,
    PCODE,
    countries_named,
    hashed_ids,
    months_covered,
)

FIELDS = (
    *_hapi.PLACE,
    Field("operation", ("operation",), "text", "name of the operation; figures of two are never compared"),
    Field("assessment", ("assessment_type",), "code", "BA baseline, SA site, ETT emergency event tracking"),
    Field("round", ("reporting_round",), "whole", "round of the operation", required=False),
    Field("present", ("population",), "whole", "displaced persons present on the day: a stock", "persons"),
)
_KEY = ["operation", "assessment", "level", "area_id", "date", "round"]


def read(raw: Raw, rows: Rows, source_id: str) -> Parsed:
    """Return records as rows of `displacement`, of the grain that IOM's own have but for reason and origin.

    Admin levels repeat the same persons; each record keeps its own. The totals are `persons` by operation, assessment,
    round, day and level.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its records can be read.
    """
    taken = take(raw.path, rows.frame, FIELDS, _hapi.KNOWN)
    figures = _figures(taken.cells)
    copies = rows.frame.duplicated().to_numpy()
    fit, rejects = sift(rows, _rules(taken.cells, figures))
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "figures", rows, rejects)
    kept = figures[keep].reset_index(drop=True)
    by_content = f"{countries_named(kept['iso3'])} from {kept['date'].min():%Y-%m}"
    return Parsed(
        series=f"IDPs {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"displacement": _displacement(kept, source_id)},
        rejects=[*rows.rejects, *_hapi.in_its_words(rejects, rows, taken.cells["error"])],
        repeated=int((fit & copies).sum()),
        totals=_totals(raw.path, rows.lines[keep].tolist(), kept["level"].tolist()),
        covers=months_covered(kept["iso3"], kept["date"]),
        notes=(*taken.notes, *_hapi.warned(taken.cells)),
        columns=taken.columns,
    )


def _figures(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the figures with their types; what cannot be read is missing."""
    return pd.concat([cells[["operation", "assessment"]], _hapi.places(cells)], axis=1).assign(
        iso3=cells["location_code"],
        date=dates(cells["reference_period_start"]).values,
        round=whole(cells["round"]).values,
        persons=whole(cells["present"]).values,
    )


def _rules(cells: pd.DataFrame, figures: pd.DataFrame) -> list[Rule]:
    is_code = figures["area_id"].str.fullmatch(PCODE) | (figures["level"] == 0)
    is_unmatched = (figures["named"] > figures["level"]) | figures["is_level_wrong"]
    return [
        ("provider_error", "the provider marks it as wrong", cells["error"].notna()),
        ("iso3", "its location_code is not an ISO alpha-3 code", ~cells["location_code"].str.fullmatch(ISO3)),
        ("operation", "it names no operation", cells["operation"].isna()),
        ("assessment", f"its type is not {' or '.join(ASSESSMENTS)}", ~cells["assessment"].isin(ASSESSMENTS)),
        ("pcode", "its area has no P-code for its level", is_unmatched | ~is_code),
        ("date", "its reference period has no start that can be read", figures["date"].isna()),
        ("round", "its reporting_round is not a whole number", cells["round"].notna() & figures["round"].isna()),
        (
            "persons",
            "its population is missing, negative or not a whole number",
            ~figures["persons"].between(0, MAX_PERSONS).fillna(value=False).to_numpy(dtype=bool),
        ),
    ]


def _displacement(figures: pd.DataFrame, source_id: str) -> pd.DataFrame:
    nothing = pd.Series(np.nan, index=figures.index, dtype="str")
    return staged(
        "displacement",
        {
            "displacement_id": hashed_ids(source_id, figures[_KEY]),
            "source": source_id,
            "native_id": nothing,
            "measure": "stock",
            "reason": nothing,
            **{name: figures[name] for name in ("iso3", *_KEY, "persons")},
        },
    )


def _totals(path: Path, lines: list[int], levels: list[int]) -> pd.DataFrame:
    """Return persons by ``operation|assessment|round|date|level``, added up from the text in plain whole numbers."""
    level_of = dict(zip(lines, levels, strict=True))
    sums: Counter[str] = Counter()
    for line, cells in plain_records(path):
        if line in level_of:
            about = (cells[name].strip() for name in ("operation", "assessmenttype"))
            round_ = cells.get("reportinground", "").strip().partition(".")[0]
            day = cells["referenceperiodstart"].strip()[:10]
            sums["|".join((*about, round_, day, str(level_of[line])))] += int(
                cells["population"].strip().partition(".")[0]
            )
    rows = [("persons", key, total) for key, total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])
