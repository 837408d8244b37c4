"""The demo's incidents as HDX publishes UCDP GED: 50 columns, a row of HXL tags, and faults such as real files have."""

import numpy as np
import pandas as pd

from data_pipelines.demo.coding import blur_dates, blur_places, count_deaths
from data_pipelines.demo.country import Country
from data_pipelines.demo.names import (
    CIVILIANS,
    COUNTRY,
    GOVERNMENT,
    INLAND_WATCH,
    ISO3,
    NORTHERN_FRONT,
    REGION,
    TIDE_LEAGUE,
)
from data_pipelines.demo.settlements import Settlements
from data_pipelines.demo.unrest import DYADS, Unrest

GW_NUMBER = 999
"""Gleditsch and Ward give no state this number."""
FIRST_ID = 9_000_001
"""UCDP's own ids have six digits."""
WITHDRAWN = 6
"""Events that only the earlier release has."""

_ACTORS = {GOVERNMENT: 9101, NORTHERN_FRONT: 9102, TIDE_LEAGUE: 9103, INLAND_WATCH: 9104, CIVILIANS: 9999}
_HEADER = [
    *("id", "relid", "year", "active_year", "code_status", "type_of_violence"),
    *("conflict_dset_id", "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name"),
    *("side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b"),
    *("number_of_sources", "source_article", "source_office", "source_date", "source_headline", "source_original"),
    *("where_prec", "where_coordinates", "where_description", "adm_1", "adm_2"),
    *("latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "iso3", "country_id", "region"),
    *("event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob"),
]
_HXL = {
    "year": "#date+year",
    "side_a": "#group+name+first",
    "side_b": "#group+name+second",
    "source_article": "#meta+source",
    "source_headline": "#description",
    "where_coordinates": "#loc+name",
    "adm_1": "#adm1+name",
    "adm_2": "#adm2+name",
    "latitude": "#geo+lat",
    "longitude": "#geo+lon",
    "country": "#country+name",
    "iso3": "#country+code",
    "region": "#region+name",
    "date_start": "#date+start",
    "date_end": "#date+end",
    "best": "#affected+killed",
}


def code_events(country: Country, settlements: Settlements, unrest: Unrest, rng: np.random.Generator) -> pd.DataFrame:
    """Return the events as UCDP would code them: its columns, one row each, in order of time."""
    places = blur_places(country, settlements, unrest, rng)
    dates = blur_dates(unrest, rng)
    sides = _sides(unrest)
    deaths = count_deaths(sides["type_of_violence"].to_numpy(), dates["event_clarity"].to_numpy() == 2, rng)
    return _with_constants(pd.concat([sides, places, dates, deaths], axis=1))[_HEADER]


def _sides(unrest: Unrest) -> pd.DataFrame:
    """Name conflict, dyad and sides of each event, with their numbers; all state-based violence is one conflict."""
    rows = []
    for number, (kind, side_a, side_b) in enumerate(DYADS):
        dyad = f"{side_a} - {side_b}"
        conflict, conflict_id = ("Xandimar (SYNTHETIC): Government", 9200) if kind == 1 else (dyad, 9200 + number)
        names = {"type_of_violence": kind, "side_a": side_a, "side_b": side_b}
        names |= {"conflict_name": conflict, "dyad_name": dyad}
        ids = {"conflict": conflict_id, "dyad": 9301 + number, "side_a": _ACTORS[side_a], "side_b": _ACTORS[side_b]}
        numbers = {f"{what}_{which}_id": value for what, value in ids.items() for which in ("dset", "new")}
        states = {"gwnoa": str(GW_NUMBER) if side_a == GOVERNMENT else "", "gwnob": ""}
        rows.append({**names, **numbers, **states})
    return pd.DataFrame(rows).iloc[unrest.dyad].reset_index(drop=True)


def _with_constants(events: pd.DataFrame) -> pd.DataFrame:
    """Add ids, sources and what is the same in every row."""
    day = events["date_end"].str[:10]
    headline = "SYNTHETIC report on events near " + events["where_coordinates"]
    return events.assign(
        id=np.arange(len(events)) + FIRST_ID,
        relid=[
            f"{ISO3}-{y}-{t}-{d}-{i}"
            for i, (y, t, d) in enumerate(events[["year", "type_of_violence", "dyad_new_id"]].to_numpy())
        ],
        active_year=1,
        code_status="Clear",
        number_of_sources=1,
        source_article='"Synthetic Wire,' + day + "," + headline + '"',
        source_office="Synthetic Wire",
        source_date=day,
        source_headline=headline,
        source_original="synthetic witness",
        country=COUNTRY,
        iso3=ISO3,
        country_id=GW_NUMBER,
        region=REGION,
    )


def earlier_release(events: pd.DataFrame, last_day: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return the events as they were known earlier: some not yet, some with other figures, some since withdrawn.

    Parameters
    ----------
    last_day
        ISO date of the last day that release covered.
    """
    known = events[events["date_end"].str[:10] <= last_day]
    late, revised = rng.random((2, len(known))) < [[0.08], [0.05]]
    counts = ["best", "high", "low", "deaths_unknown"]
    known = known.assign(**{column: known[column] + 2 * revised for column in counts})
    known = known[~(late & (known["year"] == known["year"].max()))]
    withdrawn = known.tail(WITHDRAWN)
    again = withdrawn.assign(id=withdrawn["id"] + 50_000, relid=withdrawn["relid"] + "-w")
    release: pd.DataFrame = pd.concat([known, again])
    return release


def to_csv(events: pd.DataFrame, *, with_traps: bool) -> str:
    """Return the file's text; the traps are one row given twice and one with a date that does not exist."""
    tags = pd.DataFrame([[_HXL.get(column, "") for column in _HEADER]], columns=_HEADER)
    rows = [tags, events]
    if with_traps:
        rows += [events.iloc[[100]], _impossible(events.iloc[[200]])]
    return pd.concat([part.astype(str) for part in rows]).to_csv(index=False, lineterminator="\n")


def _impossible(event: pd.DataFrame) -> pd.DataFrame:
    """Return an event of its own id on the 30th of February."""
    day = f"{event['year'].iloc[0]}-02-30 00:00:00.000"
    return event.assign(id=FIRST_ID + 99_999, relid=event["relid"] + "-x", date_start=day, date_end=day)
