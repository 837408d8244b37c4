"""Records to shares: each incident, displacement figure and protected site is placed once, or kept as unplaced."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from data_pipelines import warehouse
from data_pipelines.places import Places
from data_pipelines.tables import UNITS, table
from geo import support
from geo.grids import cell_id
from geo.locate import locate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_PLACE = "no coordinates given"
COARSE = {
    "region": "known only to a region larger than admin 1",
    "country": "known only to the country",
    "water": "at sea or in the air",
}
OUTSIDE = "outside every mapped area"
NO_AREA = "its P-code is not in the boundaries"
COUNTRY_LEVEL = "reported for the country only"
FINER = "the same round reports the same persons at a finer level"


@dataclass(frozen=True)
class Placed:
    """Incidents that lie in mapped land, and the supports of those whose place is not exact.

    `frame` has incident_id, kind, longitude, latitude, support, leaf, and `row`: the row of `weights`, -1 if exact.
    `weights` is supports x atoms. `months` is incident x month: record, period, share.
    """

    frame: pd.DataFrame
    weights: sparse.csr_array
    months: pd.DataFrame


def place_incidents(connection: duckdb.DuckDBPyConnection, places: Places) -> Placed:
    """Fill `incident_shares` and the incidents' part of `unplaced`; return where the incidents are."""
    incidents = warehouse.query(connection, "incident_points")
    leaf = _leaf(places, incidents["longitude"], incidents["latitude"])
    reason = np.where(
        incidents["support"].isin(COARSE),
        incidents["support"].map(COARSE),
        np.where(incidents["longitude"].isna(), NO_PLACE, np.where(leaf < 0, OUTSIDE, "")),
    )
    _unplaced(connection, "incidents", incidents["incident_id"], incidents["source"], reason)
    frame = incidents.assign(leaf=leaf)[reason == ""].reset_index(drop=True)
    record, month, share = support.month_shares(
        frame["date_start"].to_numpy("datetime64[D]"), frame["date_end"].to_numpy("datetime64[D]")
    )
    months = pd.DataFrame({"record": record, "period": month.astype("datetime64[D]"), "share": share})
    frame, weights = _supports(frame, places)
    _share_incidents(connection, Placed(frame, weights, months), places)
    return Placed(frame, weights, months)


def _leaf(places: Places, longitude: pd.Series, latitude: pd.Series) -> Ints:
    x, y = (c.to_numpy(np.float64, na_value=np.nan) for c in (longitude, latitude))
    leaf = np.full(len(x), -1, np.int64)
    given = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    found = locate(x[given], y[given], places.leaf_shapes, places.leaf_ids)
    inside = np.array([f is not None for f in found], dtype=bool)
    leaf[given[inside]] = np.searchsorted(places.leaf_ids.astype(str), found[inside].astype(str))
    return leaf


def _supports(frame: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, sparse.csr_array]:
    """Return the frame with the row of its support's weights over atoms, and the weights: adm2s, adm1s, circles."""
    atoms = places.atoms
    adm1, adm1_ids = places.group["adm1"], places.ids["adm1"]
    country = np.unique(places.leaf_iso3.astype(str), return_inverse=True)[1]
    near = (frame["support"] == "near").to_numpy()
    centres = frame.loc[near, ["longitude", "latitude", "leaf"]].drop_duplicates(["longitude", "latitude"])
    circles = support.circle_weights(
        atoms,
        centres["longitude"].to_numpy(np.float64),
        centres["latitude"].to_numpy(np.float64),
        centres["leaf"].to_numpy(np.int64),
        country,
    )
    n_leaf, n_adm1 = len(places.leaf_ids), len(adm1_ids)
    weights = sparse.vstack(
        [support.group_weights(atoms, atoms.leaf, n_leaf), support.group_weights(atoms, adm1, n_adm1), circles],
        format="csr",
    )
    leaf_adm1 = np.searchsorted(adm1_ids.astype(str), places.leaf_adm1.astype(str))
    at = pd.MultiIndex.from_frame(centres[["longitude", "latitude"]])
    circle = at.get_indexer(pd.MultiIndex.from_frame(frame[["longitude", "latitude"]]))
    leaf = frame["leaf"].to_numpy(np.int64)
    rows = np.select(
        [frame["support"] == "adm2", frame["support"] == "adm1", near],
        [leaf, n_leaf + leaf_adm1[leaf], n_leaf + n_adm1 + circle],
        default=-1,
    )
    return frame.assign(row=rows), sparse.csr_array(weights)


def _share_incidents(connection: duckdb.DuckDBPyConnection, placed: Placed, places: Places) -> None:
    ids = placed.frame["incident_id"].to_numpy(object)
    adm2: pd.DataFrame | None = None
    for unit in UNITS[::-1]:
        if unit == "adm1" and adm2 is not None:
            parent = np.searchsorted(places.ids["adm1"].astype(str), places.leaf_adm1.astype(str))
            rows = adm2.assign(unit=parent[adm2["unit"]])
            rows = rows.groupby(["record", "unit", "period"])[["share"]].sum().reset_index()
        else:
            rows = _over_months(_over_units(placed, places, unit), placed.months)
        adm2 = rows if unit == "adm2" else adm2
        shares = pd.DataFrame(
            {
                "incident_id": ids[rows["record"]],
                "unit": unit,
                "unit_id": places.ids[unit][rows["unit"]],
                "period": rows["period"],
                "share": rows["share"],
            }
        )
        warehouse.insert(connection, table("incident_shares"), shares)


def _over_units(placed: Placed, places: Places, unit: str) -> pd.DataFrame:
    """Return record, unit, weight: exact incidents by their own point, the others by their support's atoms."""
    frame = placed.frame
    exact = frame["row"].to_numpy() < 0
    if unit == "cell":
        cells = cell_id(frame["longitude"].to_numpy(np.float64), frame["latitude"].to_numpy(np.float64))
        own = _among(cells.astype(str), places.ids["cell"], places, frame)
    else:
        own = frame["leaf"].to_numpy(np.int64)
    by_support = sparse.csr_array(placed.weights @ places.members(unit)).tocoo()
    spread = pd.DataFrame({"row": by_support.row, "unit": by_support.col, "weight": by_support.data})
    coarse = pd.DataFrame({"record": np.flatnonzero(~exact), "row": frame["row"].to_numpy()[~exact]})
    points = pd.DataFrame({"record": np.flatnonzero(exact), "unit": own[exact], "weight": 1.0})
    return pd.concat([points, coarse.merge(spread, on="row").drop(columns="row")], ignore_index=True)


def _among(cells: NDArray[np.str_], ids: NDArray[np.object_], places: Places, frame: pd.DataFrame) -> Ints:
    """Return the number of each cell; a point in a sliver that no atom drew goes to the nearest cell of its leaf."""
    known = ids.astype(str)
    at = np.minimum(np.searchsorted(known, cells), len(known) - 1)
    for record in np.flatnonzero(known[at] != cells):
        mine = np.flatnonzero(places.atoms.leaf == frame["leaf"].iloc[record])
        east = places.atoms.longitude[mine] - frame["longitude"].iloc[record]
        north = places.atoms.latitude[mine] - frame["latitude"].iloc[record]
        at[record] = places.group["cell"][mine[np.argmin(np.hypot(east, north))]]
    return at.astype(np.int64)


def _over_months(places: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
    rows = places.merge(months, on="record")
    rows = rows.sort_values(["record", "unit", "period"], ignore_index=True)
    rows["share"] = support.exact_shares(rows["record"].to_numpy(), (rows["weight"] * rows["share"]).to_numpy())
    return rows.drop(columns="weight").loc[rows["share"] > 0]


def place_displacement(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Fill `displacement_shares` and the displacement's part of `unplaced`."""
    figures = warehouse.query(connection, "displacement_figures")
    leaf = _index(figures["area_id"], places.leaf_ids)
    adm1 = _index(figures["area_id"], places.ids["adm1"])
    level = figures["level"].to_numpy()
    known = np.where(level == 2, leaf >= 0, adm1 >= 0)
    reason = np.select([figures["repeats_finer"], level == 0, ~known], [FINER, COUNTRY_LEVEL, NO_AREA], default="")
    _unplaced(connection, "displacement", figures["displacement_id"], figures["source"], reason)
    atoms, n_leaf, n_adm1 = places.atoms, len(places.leaf_ids), len(places.ids["adm1"])
    weights = sparse.vstack(
        [support.group_weights(atoms, atoms.leaf, n_leaf), support.group_weights(atoms, places.group["adm1"], n_adm1)]
    )
    row = np.where(level == 2, leaf, n_leaf + adm1)
    placed = np.flatnonzero(reason == "")
    for unit in UNITS:
        by_row = sparse.csr_array(weights @ places.members(unit)).tocoo()
        spread = pd.DataFrame({"row": by_row.row, "number": by_row.col, "weight": by_row.data})
        rows = pd.DataFrame({"record": placed, "row": row[placed]}).merge(spread, on="row")
        rows["share"] = support.exact_shares(rows["record"].to_numpy(), rows["weight"].to_numpy())
        rows = rows[rows["share"] > 0].sort_values(["record", "number"])
        shares = pd.DataFrame(
            {
                "displacement_id": figures["displacement_id"].to_numpy(object)[rows["record"]],
                "unit": unit,
                "unit_id": places.ids[unit][rows["number"]],
                "share": rows["share"],
            }
        )
        warehouse.insert(connection, table("displacement_shares"), shares)


def _index(values: pd.Series, ids: NDArray[np.object_]) -> Ints:
    return pd.Index(ids).get_indexer(pd.Index(values)).astype(np.int64)


def place_sites(connection: duckdb.DuckDBPyConnection, places: Places) -> pd.DataFrame:
    """Fill `site_units` and the sites' part of `unplaced`; return the placed sites, with their unit of each kind."""
    sites = warehouse.query(connection, "site_points")
    leaf = _leaf(places, sites["longitude"], sites["latitude"])
    reason = np.where(sites["longitude"].isna(), NO_PLACE, np.where(leaf < 0, OUTSIDE, ""))
    _unplaced(connection, "sites", sites["site_id"], sites["source"], reason)
    placed: pd.DataFrame = sites.assign(leaf=leaf).loc[reason == ""].reset_index(drop=True)
    cells = cell_id(placed["longitude"].to_numpy(np.float64), placed["latitude"].to_numpy(np.float64)).astype(str)
    numbers = {
        "adm1": _index(pd.Series(places.leaf_adm1[placed["leaf"]]), places.ids["adm1"]),
        "adm2": placed["leaf"].to_numpy(np.int64),
        "cell": _among(cells, places.ids["cell"], places, placed),
    }
    for unit, number in numbers.items():
        rows = pd.DataFrame({"site_id": placed["site_id"], "unit": unit, "unit_id": places.ids[unit][number]})
        warehouse.insert(connection, table("site_units"), rows)
    return placed.assign(**numbers)


def _unplaced(
    connection: duckdb.DuckDBPyConnection, name: str, ids: pd.Series, source: pd.Series, reason: NDArray[np.object_]
) -> None:
    rows = pd.DataFrame({"record_id": ids, "table_name": name, "source": source, "reason": reason})
    warehouse.insert(connection, table("unplaced"), rows[rows["reason"] != ""])
