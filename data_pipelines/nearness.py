"""What acts of violence were near to: protected sites, by chance, and people, each counted once."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from data_pipelines import exposure_draws, warehouse
from data_pipelines.places import Places
from data_pipelines.shares import Placed
from data_pipelines.tables import UNITS, table
from geo import exposure, people_near, support
from geo.geodesy import pairs_within

Floats = NDArray[np.float64]

VIOLENCE = ("state_based", "non_state", "one_sided")


def threaten_sites(
    connection: duckdb.DuckDBPyConnection, placed: Placed, sites: pd.DataFrame, places: Places, radius_m: float
) -> None:
    """Fill `site_incidents`: the chance that each act of violence fell within a radius of each protected site."""
    x, y = sites["longitude"].to_numpy(np.float64), sites["latitude"].to_numpy(np.float64)
    frame = placed.frame
    violent = counted(frame)
    exact = np.flatnonzero(violent & (frame["row"].to_numpy() < 0))
    site, at, _ = pairs_within(
        x, y, frame["longitude"].to_numpy(np.float64)[exact], frame["latitude"].to_numpy(np.float64)[exact], radius_m
    )
    sure = pd.DataFrame({"site": site, "record": exact[at], "probability": 1.0})
    near = exposure.reach(x, y, places.atoms, radius_m)
    by_support = exposure.chances(placed.weights, near).tocoo()
    maybe = pd.DataFrame({"row": by_support.row, "site": by_support.col, "probability": by_support.data})
    coarse = np.flatnonzero(violent & (frame["row"].to_numpy() >= 0))
    spread = pd.DataFrame({"record": coarse, "row": frame["row"].to_numpy()[coarse]}).merge(maybe, on="row")
    rows = pd.concat([sure, spread[["site", "record", "probability"]]], ignore_index=True)
    rows["probability"] = support.dyadic(rows["probability"].to_numpy())
    rows = rows[rows["probability"] > 0]
    pairs = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy(object)[rows["site"]],
            "incident_id": frame["incident_id"].to_numpy(object)[rows["record"]],
            "probability": rows["probability"],
        }
    )
    warehouse.insert(connection, table("site_incidents"), pairs.sort_values(["site_id", "incident_id"]))
    months = placed.months.assign(incident_id=frame["incident_id"].to_numpy(object)[placed.months["record"]])
    connection.register("incident_months", months[["incident_id", "period", "share"]])
    connection.register("site_chances", _site_chances(placed, sites, places, near))
    warehouse.run(connection, "models", "site_counts")
    warehouse.run(connection, "models", "site_exposure")
    connection.unregister("incident_months")
    connection.unregister("site_chances")


def _site_chances(placed: Placed, sites: pd.DataFrame, places: Places, near: sparse.csr_array) -> pd.DataFrame:
    """Return incident_id, unit, unit_id, chance: see `exposure.clumped`; of incidents without an exact place."""
    row = placed.frame["row"].to_numpy()
    coarse = np.flatnonzero(counted(placed.frame) & (row >= 0))
    records = pd.DataFrame({"incident_id": placed.frame["incident_id"].to_numpy(object)[coarse], "row": row[coarse]})
    found = []
    for unit in UNITS:
        ids = places.ids[unit]
        beside = support.membership(sites[unit].to_numpy(np.int64), len(ids)).T @ near
        chance = exposure.clumped(placed.weights, sparse.csr_array(beside)).tocoo()
        rows = pd.DataFrame({"row": chance.row, "unit_id": ids[chance.col], "chance": chance.data})
        found.append(records.merge(rows, on="row").assign(unit=unit))
    return pd.concat(found, ignore_index=True)


def expose_people(
    connection: duckdb.DuckDBPyConnection,
    placed: Placed,
    places: Places,
    periods: NDArray[np.datetime64],
    radius_m: float,
    window_months: int,
) -> None:
    """Fill `exposure`: persons near acts of violence in the months before, each counted once."""
    if np.isnan(places.atoms.persons).all() or not len(periods):
        return
    frame = placed.frame[counted(placed.frame)]
    by_month = calendar(placed, periods)
    exact, coarse = frame[frame["row"] < 0], frame[frame["row"] >= 0]
    spots = exact[["longitude", "latitude"]].drop_duplicates()
    spot = pd.MultiIndex.from_frame(spots).get_indexer(pd.MultiIndex.from_frame(exact[["longitude", "latitude"]]))
    here = exposure.happenings(spot, len(spots), by_month[exact.index.to_numpy()], window_months)
    rows, row = np.unique(coarse["row"].to_numpy(np.int64), return_inverse=True)
    there = exposure.happenings(row, len(rows), by_month[coarse.index.to_numpy()], window_months)
    # Units with people unknown are no data in the layer; their neighbours are counted all the same.
    atoms = replace(places.atoms, persons=np.nan_to_num(places.atoms.persons))
    near = exposure.reach(atoms.longitude, atoms.latitude, atoms, radius_m)
    reached = exposure.chances(sparse.csr_array(placed.weights[rows]), near)
    place = spots["longitude"].to_numpy(np.float64), spots["latitude"].to_numpy(np.float64), here
    members = sparse.csr_array(sparse.hstack([places.members(unit) for unit in UNITS]))
    best = exposure.exposed(atoms, place, (reached, there), members, radius_m)
    on = people_near.ground(atoms, members)
    band = exposure_draws.least_and_most(placed, frame, by_month, atoms, on, (radius_m, window_months))
    found = np.stack((best, *band), axis=-1)
    ends = np.cumsum([len(places.ids[unit]) for unit in UNITS])[:-1]
    for unit, persons in zip(UNITS, np.split(found, ends), strict=True):
        warehouse.insert(connection, table("exposure"), _exposure_rows(unit, places, periods, persons))


def counted(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which incidents are counted: organised violence, as the one provider reports it that is counted."""
    return (frame["kind"].isin(VIOLENCE) & (frame["provider_rank"] == 0)).to_numpy(bool)


def calendar(placed: Placed, periods: NDArray[np.datetime64]) -> sparse.csr_array:
    """Return incidents x months of the panel: the part of each incident in each month."""
    months = placed.months
    column = (months["period"].to_numpy("datetime64[M]") - periods[0]).astype(np.int64)
    inside = (column >= 0) & (column < len(periods))
    entries = (months["share"].to_numpy()[inside], (months["record"].to_numpy()[inside], column[inside]))
    return sparse.csr_array(entries, shape=(len(placed.frame), len(periods)))


def _exposure_rows(unit: str, places: Places, periods: NDArray[np.datetime64], persons: Floats) -> pd.DataFrame:
    at, month = np.nonzero(persons[:, :, 2] > 0)
    best, low, high = persons[at, month].T
    return pd.DataFrame(
        {
            "unit": unit,
            "unit_id": places.ids[unit][at],
            "period": periods[month].astype("datetime64[D]"),
            "persons": best,
            "persons_low": np.minimum(low, best),
            "persons_high": np.maximum(high, best),
        }
    )
