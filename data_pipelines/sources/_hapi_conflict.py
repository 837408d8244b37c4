"""Conflict events as HDX HAPI gives them: ACLED's own counts of its events by area, month and class."""

from collections import Counter
from pathlib import Path

import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import dates, whole
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import plain_records
from data_pipelines.sources import _hapi
from data_pipelines.sources._rounds import ISO3, PCODE, countries_named, hashed_ids
from data_pipelines.tables.reported_counts import EVENT_TYPES

FIELDS = (
    *_hapi.PLACE,
    Field(
        "event_type", ("event_type",), "code", "civilian_targeting, demonstration or political_violence; they overlap"
    ),
    Field("events", ("events",), "whole", "ACLED's events of that class in the area and month", "incidents"),
    Field(
        "fatalities", ("fatalities",), "whole", "deaths that ACLED reports for them; none for demonstrations", "persons"
    ),
    Field("reference_period_end", ("reference_period_end",), "day", "last day that the record is about, included"),
)
COUNTED_BY = "ACLED"
_MAX_COUNT = 10_000_000
_COUNTS = ("events", "fatalities")
_KEY = ["iso3", "area_id", "place", "province", "event_type", "date_start", "date_end"]


def read(raw: Raw, rows: Rows, source_id: str) -> Parsed:
    """Return records as rows of `reported_counts`; none is ever an incident, and classes are never added up.

    A place that was matched to no P-code keeps its name and its level. The totals are `events` and `fatalities` by
    class and level.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its records can be read.
    """
    taken = take(raw.path, rows.frame, FIELDS, _hapi.KNOWN)
    counts = _counts(taken.cells)
    about = pd.Series(["|".join(row) for row in counts[_KEY].astype("str").fillna("").to_numpy()], counts.index)
    twin_rule, copies = twins(rows.frame, about.where(taken.cells["error"].isna()))
    fit, rejects = sift(rows, [*_rules(taken.cells, counts), twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "counts", rows, rejects)
    kept = counts[keep].reset_index(drop=True)
    by_content = f"{countries_named(kept['iso3'])} from {kept['date_start'].min():%Y-%m}"
    return Parsed(
        series=f"conflict events {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"reported_counts": _reported(kept, source_id)},
        rejects=[*rows.rejects, *_hapi.in_its_words(rejects, rows, taken.cells["error"])],
        repeated=int((fit & copies).sum()),
        totals=_totals(raw.path, rows.lines[keep].tolist(), kept["level"].tolist()),
        notes=(*taken.notes, *_hapi.warned(taken.cells), *_unmatched(kept)),
        columns=taken.columns,
    )


def _counts(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the counts with their types; what cannot be read is missing."""
    places = _hapi.places(cells)
    is_matched = places["named"] == places["level"]
    return pd.DataFrame(
        {
            "iso3": cells["location_code"],
            "level": places["named"],
            "area_id": places["area_id"].where(is_matched),
            "place": places["place"],
            "province": cells["provider_admin1_name"],
            "is_level_wrong": places["is_level_wrong"],
            "event_type": cells["event_type"],
            "date_start": dates(cells["reference_period_start"]).values,
            "date_end": dates(cells["reference_period_end"]).values,
            **{name: whole(cells[name]).values for name in _COUNTS},
        }
    )


def _rules(cells: pd.DataFrame, counts: pd.DataFrame) -> list[Rule]:
    is_code = counts["area_id"].isna() | counts["area_id"].str.fullmatch(PCODE) | (counts["level"] == 0)
    is_counted = [
        counts[name].between(0, _MAX_COUNT).fillna(value=False).to_numpy(dtype=bool) | cells[name].isna()
        for name in _COUNTS
    ]
    nothing = cells[list(_COUNTS)].isna().all(axis=1)
    return [
        ("provider_error", "the provider marks it as wrong", cells["error"].notna()),
        ("iso3", "its location_code is not an ISO alpha-3 code", ~cells["location_code"].str.fullmatch(ISO3)),
        ("level", "its admin_level is not that of its place", counts["is_level_wrong"]),
        ("pcode", "the code of its area is no P-code", ~is_code),
        ("event_type", f"its event_type is not {', '.join(EVENT_TYPES)}", ~counts["event_type"].isin(EVENT_TYPES)),
        ("date", "its reference period has no start or end", counts[["date_start", "date_end"]].isna().any(axis=1)),
        ("date_order", "it ends before it starts", counts["date_end"] < counts["date_start"]),
        (
            "counts",
            "its events or fatalities are no whole number of 0 or more",
            nothing | ~(is_counted[0] & is_counted[1]),
        ),
    ]


def _reported(counts: pd.DataFrame, source_id: str) -> pd.DataFrame:
    names = ("iso3", "level", "area_id", "place", "event_type", "date_start", "date_end", *_COUNTS)
    return staged(
        "reported_counts",
        {
            "count_id": hashed_ids(source_id, counts[_KEY]),
            "source": source_id,
            "counted_by": COUNTED_BY,
            **{name: counts[name] for name in names},
        },
    )


def _totals(path: Path, lines: list[int], levels: list[int]) -> pd.DataFrame:
    """Return events and fatalities by ``event_type|level``, added up from the text in plain whole numbers."""
    level_of = dict(zip(lines, levels, strict=True))
    sums: Counter[tuple[str, str]] = Counter()
    for line, cells in plain_records(path):
        if line in level_of:
            for measure in _COUNTS:
                digits = cells[measure].strip().partition(".")[0]
                key = f"{cells['eventtype'].strip()}|{level_of[line]}"
                sums[measure, key] += int(digits) if digits.isdecimal() else 0
    rows = [(measure, key, total) for (measure, key), total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


def _unmatched(counts: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence on places without a P-code; none where there are none."""
    number = int(counts["area_id"].isna().sum())
    return (
        (f"{number:,} counts are of places that were matched to no P-code; they keep their names.",) if number else ()
    )
