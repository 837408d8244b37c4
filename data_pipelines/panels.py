"""Panels from the tables: for all units of a kind when an edition is built, for one when a value is explained."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import sparse

from data_pipelines.tables.coverage import FAMILIES
from data_pipelines.tables.near_units import NEAR_M
from geo.nearby_cells import cells_nearby
from layers._panel import Bools, Floats, Incidents, Ints, Near, Panel, Reported, Shares, SiteShares, Stocks

Fetch = Callable[..., pd.DataFrame]


def months(frame: pd.DataFrame) -> np.ndarray:
    """Return all months from the first to the last of one row of `first, last`, as datetime64[M]; empty where null."""
    first, last = (frame[name].to_numpy("datetime64[M]")[0] for name in ("first", "last"))
    return np.array([], "datetime64[M]") if np.isnat(first) else np.arange(first, last + 1)


def load_panel(query: Fetch, unit: str, unit_id: str | None = None) -> Panel:
    """Return the panel of a kind of unit, or of one unit alone.

    Parameters
    ----------
    query
        ``query(name, **values)`` runs a file of ``sql/queries`` and returns its rows.
    unit, unit_id
        Kind of unit; None for all of them.
    """
    keys = {"unit": unit, "unit_id": unit_id}
    units = query("panel_units", **keys)
    periods = months(query("periods"))
    ids = units["unit_id"].to_numpy(object)
    near = query("panel_incidents", **keys)
    near_sites = query("panel_site_incidents", **keys)
    everyone = pd.concat([near, near_sites]).drop_duplicates("incident_id").sort_values("incident_id")
    incident_ids = everyone["incident_id"].to_numpy(object)
    return Panel(
        unit=unit,
        ids=ids,
        names=units["name"].to_numpy(object),
        iso3=units["iso3"].to_numpy(object),
        area_km2=floats(units["area_km2"]),
        persons=floats(units["persons"]),
        periods=periods,
        incidents=_incidents(everyone),
        shares=_shares(query("panel_shares", **keys), incident_ids, ids, periods),
        site_shares=_site_shares(query("panel_site_shares", **keys), incident_ids, ids, periods),
        n_sites=_sites(query("panel_sites", **keys), ids),
        stocks=_stocks(query("panel_stocks", **keys), ids),
        reported=_reported(query("panel_reported", **keys), ids, periods),
        exposed=_exposed(query("panel_exposed", **keys), ids, periods),
        neighbours=_neighbours(query("panel_neighbours", **keys), ids),
        near=_cells_near(ids) if unit == "cell" and not unit_id else _near(query("panel_near", **keys), ids),
        covered=covered(query("coverage"), units["iso3"].to_numpy(object), periods),
    )


def floats(column: pd.Series) -> Floats:
    """Return a column as float64 with NaN for null."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _place(values: pd.Series, among: np.ndarray) -> Ints:
    """Return where each value stands in a sorted array that holds it."""
    return np.searchsorted(among.astype(str), values.to_numpy(str)).astype(np.int64)


def _incidents(rows: pd.DataFrame) -> Incidents:
    deaths = {c: floats(rows[c]) for c in ("deaths_civilians", "deaths_civilians_low", "deaths_civilians_high")}
    return Incidents(
        id=rows["incident_id"].to_numpy(object),
        source=rows["source"].to_numpy(object),
        kind=rows["kind"].to_numpy(object),
        date=rows["date_start"].to_numpy("datetime64[D]"),
        **deaths,
        provider_rank=rows["provider_rank"].to_numpy(np.int64),
    )


def _site_shares(rows: pd.DataFrame, incident_ids: np.ndarray, ids: np.ndarray, periods: np.ndarray) -> SiteShares:
    rows = _within(rows, periods)
    return SiteShares(**vars(_shares(rows, incident_ids, ids, periods)), chance=floats(rows["chance"]))


def _within(rows: pd.DataFrame, periods: np.ndarray) -> pd.DataFrame:
    """Return rows of the panel's months; attacks on services may lie outside those of incidents and displacement."""
    return rows[rows["period"].isin(periods.astype("datetime64[us]"))]


def _shares(rows: pd.DataFrame, incident_ids: np.ndarray, ids: np.ndarray, periods: np.ndarray) -> Shares:
    rows = _within(rows, periods)
    month = rows["period"].to_numpy("datetime64[M]")
    first = periods[0] if len(periods) else np.datetime64("1970-01", "M")
    kind = rows["kind"].to_numpy(object) if "kind" in rows else np.full(len(rows), "", object)
    return Shares(
        record=_place(rows["incident_id"], incident_ids),
        unit=_place(rows["unit_id"], ids),
        period=(month - first).astype(np.int64),
        share=floats(rows["share"]),
        kind=kind,
    )


def _sites(rows: pd.DataFrame, ids: np.ndarray) -> Ints:
    counts = np.zeros(len(ids), np.int64)
    counts[_place(rows["unit_id"], ids)] = rows["n"].fillna(0).to_numpy(np.int64)
    return counts


def _stocks(rows: pd.DataFrame, ids: np.ndarray) -> Stocks:
    return Stocks(
        id=rows["displacement_id"].to_numpy(object),
        source=rows["source"].to_numpy(object),
        day=rows["date"].to_numpy("datetime64[D]"),
        unit=_place(rows["unit_id"], ids),
        persons=floats(rows["persons"]),
        share=floats(rows["share"]),
        round_key=rows["round_key"].to_numpy(object),
        series=rows["series"].to_numpy(object),
    )


def _neighbours(rows: pd.DataFrame, ids: np.ndarray) -> sparse.csr_array:
    pairs = _place(rows["unit_id"], ids), _place(rows["neighbour_id"], ids)
    return sparse.csr_array((np.ones(len(rows)), pairs), shape=(len(ids), len(ids)))


def _near(rows: pd.DataFrame, ids: np.ndarray) -> Near:
    return Near(_place(rows["unit_id"], ids), _place(rows["near_id"], ids), floats(rows["dist_m"]))


def _cells_near(ids: np.ndarray) -> Near:
    """Return the distances of cells, which are no table: it would hold 6 million pairs for a world."""
    return Near(*cells_nearby(ids.astype(np.int64), NEAR_M))


def _reported(rows: pd.DataFrame, ids: np.ndarray, periods: np.ndarray) -> Reported:
    rows = rows[rows["period"].isin(periods.astype("datetime64[us]"))]
    first = periods[0] if len(periods) else np.datetime64("1970-01", "M")
    return Reported(
        id=rows["count_id"].to_numpy(object),
        source=rows["source"].to_numpy(object),
        unit=_place(rows["unit_id"], ids),
        period=(rows["period"].to_numpy("datetime64[M]") - first).astype(np.int64),
        events=floats(rows["events"]),
    )


def _exposed(rows: pd.DataFrame, ids: np.ndarray, periods: np.ndarray) -> Floats:
    exposed = np.zeros((len(ids), len(periods), 3))
    if len(rows):
        at = (rows["period"].to_numpy("datetime64[M]") - periods[0]).astype(np.int64)
        exposed[_place(rows["unit_id"], ids), at] = rows[["persons", "persons_low", "persons_high"]].to_numpy(
            np.float64
        )
    return exposed


def covered(rows: pd.DataFrame, iso3: np.ndarray, periods: np.ndarray) -> dict[str, Bools]:
    """Return, by family, countries (or units in them) x months: True where `coverage` says that a source speaks."""
    found = {family: np.zeros((len(iso3), len(periods)), bool) for family in FAMILIES}
    spans = zip(*(rows[name].to_numpy("datetime64[M]") for name in ("first", "last")), strict=True)
    for family, country, (first, last) in zip(rows["family"], rows["iso3"], spans, strict=True):
        spoken = (np.isnat(first) | (periods >= first)) & (np.isnat(last) | (periods <= last))
        found[family] |= (iso3 == country)[:, None] & spoken[None, :]
    return found
