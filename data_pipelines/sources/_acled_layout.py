"""What ACLED files have in common: columns of today and of before March 2023, and codes."""

import re

import pandas as pd

from data_pipelines._source import Field
from data_pipelines.readers import fields

EVENT = (
    Field("id", ("event_id_cnty",), "text", "the event's id for good; data_id, removed in March 2023, was another"),
    Field("date", ("event_date",), "day", "the day, or the middle of the time that time_precision names"),
    Field("time_precision", ("time_precision",), "code", "1 the day, 2 the week around it, 3 the month"),
    Field("type", ("event_type",), "code", "one of six types of event"),
    Field("actor_a", ("actor1",), "text", "first named actor"),
    Field("inter_a", ("inter1",), "code", "its kind, 1 to 8 or in words", required=False),
    Field("actor_b", ("actor2",), "text", "second named actor, if any", required=False),
    Field("inter_b", ("inter2",), "code", "its kind, 1 to 8 or in words; empty or 0 for none", required=False),
    Field(
        "targeted", ("civilian_targeting",), "code", "whether civilians were its main or only target", required=False
    ),
    Field("iso", ("iso",), "whole", "country, number of ISO 3166-1", required=False),
    Field("iso3", ("iso3",), "code", "country, alpha-3; removed in March 2023", required=False),
    Field("country", ("country",), "text", "country's name"),
    Field("place", ("location",), "text", "name of the place", required=False),
    Field("latitude", ("latitude",), "number", "of the place", "degrees"),
    Field("longitude", ("longitude",), "number", "of the place", "degrees"),
    Field("precision", ("geo_precision",), "code", "1 town, 2 part of a region, 3 region"),
    Field("fatalities", ("fatalities",), "whole", "reported deaths of all sides together", "persons"),
    Field("timestamp", ("timestamp",), "whole", "when the event was last edited", "seconds since 1970, UTC", False),
)
DELETED = (
    Field("id", ("event_id_cnty",), "text", "the deleted event's id"),
    Field("deleted", ("deleted_timestamp",), "whole", "when it was deleted", "seconds since 1970, UTC"),
)
PER_ACTOR = ("actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "data_id")
"""Columns in which the rows differ where a file tells an event once for each of its actors (`export_type=monadic`)."""

KNOWN = (
    *("data_id", "event_id_no_cnty", "year", "disorder_type", "sub_event_type", "assoc_actor_1", "assoc_actor_2"),
    *("interaction", "region", "admin1", "admin2", "admin3", "source", "source_scale", "notes", "tags"),
    *("population_1km", "population_2km", "population_5km", "population_best"),
)

ATTACK = "violence against civilians"
ARMED = ("battles", "explosions/remote violence")
UNREST = ("protests", "riots")
STRATEGIC = "strategic developments"
TYPES = (ATTACK, *ARMED, *UNREST, STRATEGIC)
TARGETED = "civilian targeting"

# Decided as for UCDP, so that one event has one support whoever codes it: ACLED's 1 is the point of a named town, as
# is UCDP's exact place; 2 is a point near which, or in which part of a region, it happened; 3 says no more than the
# region, and its point, mostly the provincial capital, only tells which.
SUPPORTS = {1: "exact", 2: "near", 3: "adm1"}

_SECONDS = (852_076_800, 4_102_444_800)
"""1997, when ACLED began, to 2100."""

STATE = (1, 8)
"""State forces, and external forces: other states' armies and missions."""
_INTER = {
    "state force": 1,
    "rebel group": 2,
    "rebel force": 2,
    "political militia": 3,
    "identity militia": 4,
    "rioter": 5,
    "protester": 6,
    "civilian": 7,
    "external/other force": 8,
    "external force": 8,
    "other force": 8,
}


def inter(text: pd.Series) -> fields.Typed:
    """Read kinds of actors, as numbers or as words in any case, singular or plural; 0 is nobody."""
    codes = {word: _inter(word) for word in text.dropna().unique()}
    values = text.astype("object").map(codes).astype("Int64")
    return fields.Typed(values.fillna(0).astype("int64"), (text.notna() & values.isna()).to_numpy())


def _inter(word: str) -> int | None:
    """Return the number of one kind of actor, None where it is none."""
    if re.fullmatch(r"[0-8](\.0*)?", word):
        return int(word[0])
    return _INTER.get(re.sub(r"s\b", "", " ".join(word.casefold().split())))


def iso_days(text: pd.Series) -> pd.Series:
    """Return days with those of the old workbook, ``05 January 2024``, written as ``2024-01-05``."""
    is_worded = text.str.fullmatch(r"\d{1,2} [A-Za-z]+ \d{4}", flags=re.ASCII).fillna(False).astype(bool)
    worded = pd.to_datetime(text.where(is_worded), format="%d %B %Y", errors="coerce")
    return text.where(~is_worded | worded.isna(), worded.dt.strftime("%Y-%m-%d")).astype("str")


def moments(text: pd.Series) -> pd.Series:
    """Return the days (UTC) of seconds since 1970; missing where there are none, or they lie outside 1997 to 2100."""
    seconds = fields.whole(text).values
    sane = seconds.where(seconds.between(*_SECONDS).fillna(False))
    return pd.to_datetime(sane.astype("Float64"), unit="s").dt.floor("D").astype("datetime64[s]")
