"""One record from two providers is never counted twice: which provider's records of a table are counted, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from data_pipelines import warehouse
from data_pipelines._source import PopulationGrid
from data_pipelines.matching import RULE
from data_pipelines.tables import table

Orders = Mapping[str, tuple[str, ...]]

RASTERS = "population_rasters"
ORDERS: Orders = {
    "incidents": ("ucdp_ged", "acled"),
    "areas": ("cod_ab", "geoboundaries"),
    "population": ("cod_ps", "hdx_hapi"),
    RASTERS: ("worldpop", "gpw"),
    "displacement": ("iom_dtm", "hdx_hapi", "idmc_gidd", "unhcr"),
    "sites": ("osm_sites", "healthsites"),
}
"""Sources of one table that report the same, the preferred first; `[primary]` in forewatch.toml puts others first."""

RULES: Mapping[str, str] = {
    "incidents": (
        "Incidents of organised violence are counted from one provider for all countries, the first of the order that "
        "speaks of a mapped country. Those of the next are placed and shown beside as 'also reported by'; no layer "
        "adds them up."
    ),
    "areas": "The boundaries of a country are those of the first provider of the order that gives them.",
    "population": "The population of a country's areas is that of the first provider of the order that gives it.",
    RASTERS: (
        "Where inside an area people live is read from the raster of the first provider of the order that shows "
        "anybody in the country, and of one provider's rasters from the newest."
    ),
    "displacement": (
        "Displaced persons present in a country (stocks) are those of the first provider of the order that reports "
        "any. Reported movements (flows) are never stocks, and never added to them."
    ),
    "sites": (
        "These providers share the ids of OpenStreetMap: an object that several list is loaded once, from the first of "
        "the order. Sites of other lists have no common id and are not merged."
    ),
}


def orders(said: Orders) -> dict[str, tuple[str, ...]]:
    """Return every table's order of preference: what a workspace says of it, then the sources it does not name.

    Parameters
    ----------
    said
        What `settings.primary` returns; empty for the orders above.
    """
    return {
        name: (*said.get(name, ()), *(source for source in ORDERS.get(name, ()) if source not in said.get(name, ())))
        for name in (*ORDERS, *(name for name in said if name not in ORDERS))
    }


def choose(connection: duckdb.DuckDBPyConnection, chosen: Orders) -> None:
    """Fill `primary_sources` from what was staged; the orders stay as the temporary table `preferences`."""
    rows = [(name, source, at) for name, order in chosen.items() for at, source in enumerate(order)]
    connection.execute("CREATE TEMP TABLE preferences (table_name VARCHAR, source VARCHAR, position INTEGER)")
    connection.executemany("INSERT INTO preferences VALUES (?, ?, ?)", rows)
    connection.execute(warehouse.sql("models", "area_countries"))
    warehouse.run(connection, "models", table("primary_sources").name)


def by_preference(grids: Sequence[tuple[str, PopulationGrid]], chosen: Orders) -> list[PopulationGrid]:
    """Return rasters from the least to the most preferred: by their source's place in the order, then by year."""
    order = chosen[RASTERS]
    place = {source: at for at, source in enumerate(reversed(order))}
    return [grid for _, grid in sorted(grids, key=lambda each: (place.get(each[0], -1), each[1].year))]


def facts(connection: duckdb.DuckDBPyConnection, chosen: Orders) -> dict[str, Any]:
    """Return for the manifest, by table: the order, the rule in words, and which source is counted where.

    `counted` is by ISO alpha-3, or by `*` where one source is counted for all countries; it is empty where the rule
    goes by the object (`sites`), by the pixel, or nothing is loaded. `incidents` also has the rule of matching, and how
    many incidents each other source also reports.
    """
    found = warehouse.query(connection, "primary_sources")
    told: dict[str, dict[str, Any]] = {
        name: {"order": list(order), "rule": RULES.get(name, ""), **_counted(found[found["table_name"] == name])}
        for name, order in chosen.items()
    }
    matches = warehouse.query(connection, "also_reported_by_source")
    told["incidents"]["also_reported"] = {str(k): int(n) for k, n in zip(matches["source"], matches["n"], strict=True)}
    told["incidents"]["also_reported_rule"] = RULE
    return told


def _counted(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    country = rows["iso3"].fillna("*")
    first = rows["position"] == 0
    beside: dict[str, list[str]] = {}
    for iso3, source in zip(country[~first], rows.loc[~first, "source"], strict=True):
        beside.setdefault(iso3, []).append(source)
    return {"counted": dict(zip(country[first], rows.loc[first, "source"], strict=True)), "not_counted": beside}
