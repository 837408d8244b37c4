"""Which incidents another provider also reports: found by country, kind, days and places, one for one."""

import duckdb
import numpy as np
import pandas as pd

from data_pipelines import warehouse
from data_pipelines.places import Places
from data_pipelines.shares import Placed
from data_pipelines.tables import table
from geo.geodesy import distance_m
from layers._decay import KINDS

MOST_DAYS = 1
REACH_KM = {"exact": 5.0, "near": 25.0}
"""How far an incident may lie from the point given for it; two may be the same where their reaches meet."""
DISTRICT = "same district"
KM_PER_DAY = 10.0
"""A day between two records weighs as much as this distance where several could be the same."""
RULE = (
    "A record of another provider is taken for the same incident where it lies in the same country, both are violence "
    f"against civilians or neither is, their days overlap or lie at most {MOST_DAYS} day apart, and their places fit: "
    f"at most {2 * REACH_KM['exact']:g} km apart where both are exact, {sum(REACH_KM.values()):g} km where one is "
    f"known to 25 km, {2 * REACH_KM['near']:g} km where both are, and in the same district where one is known to a "
    "district. Records known to a province only are not matched. Each record is matched once at most, the nearest in "
    f"place and days first ({KM_PER_DAY:g} km weigh as much as a day). A match says that both may report the same; "
    "its numbers are shown beside each other and never added."
)
_DEGREES_PER_KM = 1 / 110.0  # of latitude; a degree has 110.6 km or more


def match(connection: duckdb.DuckDBPyConnection, placed: Placed, places: Places) -> None:
    """Fill `also_reported` from the incidents that were placed; it stays empty where one provider alone is loaded."""
    frame = placed.frame
    frame = frame[frame["kind"].isin(KINDS) & frame["support"].isin([*REACH_KM, "adm2"])]
    matchable = frame.assign(iso3=places.leaf_iso3[frame["leaf"]], is_one_sided=frame["kind"] == "one_sided")
    connection.register("matchable", matchable.drop(columns="row"))
    degrees = 2 * max(REACH_KM.values()) * _DEGREES_PER_KM
    found = warehouse.query(connection, "match_candidates", days=MOST_DAYS, most_degrees=degrees)
    connection.unregister("matchable")
    warehouse.insert(connection, table("also_reported"), one_to_one(_near_enough(found)))


def _near_enough(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs whose places fit, with `dist_km` (missing where a district decides) and `rule`."""
    ends = (pairs[f"{name}_{side}"].to_numpy(np.float64) for side in "ab" for name in ("longitude", "latitude"))
    dist_km = pd.Series(distance_m(*ends) / 1000, pairs.index)
    allowed_km = pairs["support_a"].map(REACH_KM) + pairs["support_b"].map(REACH_KM)
    words = "within " + allowed_km.map("{:g}".format).astype(str) + " km"
    by_district = allowed_km.isna()
    told = pairs.assign(dist_km=dist_km.mask(by_district), rule=words.mask(by_district, DISTRICT))
    return told[by_district | (dist_km <= allowed_km)]


def one_to_one(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are kept where each record may stand in one: the nearest first, districts last.

    Parameters
    ----------
    pairs
        incident_id, other_id, dist_km (km; missing where a district decides), days_off (days), and whatever else.

    Returns
    -------
    pandas.DataFrame
        In order of incident_id; the same whatever the order of `pairs`.
    """
    apart = pairs["dist_km"].fillna(0) / KM_PER_DAY + pairs["days_off"]
    order = pairs.assign(by_district=pairs["dist_km"].isna(), apart=apart).sort_values(
        ["by_district", "apart", "incident_id", "other_id"]
    )
    taken: set[str] = set()
    kept = []
    for at, one, other in zip(order.index, order["incident_id"], order["other_id"], strict=True):
        if one not in taken and other not in taken:
            taken |= {one, other}
            kept.append(at)
    return pairs.loc[kept].sort_values("incident_id")
