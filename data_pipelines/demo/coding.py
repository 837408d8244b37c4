"""How exactly the demo's events are known: their places, days and deaths blurred as UCDP's coders find them.

Shares of precision follow those measured in real files, and so do the traps: estimates in the wrong order, events at
sea and country-wide reports.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines.demo.country import Country
from data_pipelines.demo.settlements import Settlements
from data_pipelines.demo.unrest import FIRST_DAY, Unrest
from geo.grids import cell_id

WHERE_SHARES = (0.65, 0.20, 0.08, 0.042, 0.02, 0.004, 0.004)
"""Of where_prec 1 to 7: exact, within 25 km, district, province, region, country, at sea."""
WHEN_SHARES = (0.74, 0.125, 0.02, 0.085, 0.03)
"""Of date_prec 1 to 5: day, 2 to 6 days, week, month, longer."""
AT_SEA = ((78.42, -24.86), (78.36, -25.31), (76.55, -23.91), (79.95, -24.72))
"""Longitude and latitude of the points that stand for stretches of sea."""
BROKEN_ORDERS = 8
"""Rows whose high estimate is 0 though people died; 21 of 1,848 rows were out of order in a real file."""

_DEATH_ODDS = {1: (0.30, 0.35, 0.12, 0.23), 2: (0.34, 0.36, 0.10, 0.20), 3: (0.0, 0.0, 0.93, 0.07)}
"""Of side a, side b, civilians and unknown, by type of violence."""


def blur_places(country: Country, settlements: Settlements, unrest: Unrest, rng: np.random.Generator) -> pd.DataFrame:
    """Return where each event is coded: the place columns of GED, in the order of the events.

    An event is known by its settlement, or by the one point that stands for a district, a province, the country or
    a stretch of sea.
    """
    levels = 1 + rng.choice(len(WHERE_SHARES), size=len(unrest.day), p=WHERE_SHARES)
    waters = rng.integers(len(AT_SEA), size=len(unrest.day))
    places = _places(country, settlements)
    rows = [
        (7, "Waters off Xandimar", "", "", *AT_SEA[water]) if level == 7 else places[settlement, level]
        for settlement, level, water in zip(unrest.settlement.tolist(), levels.tolist(), waters.tolist(), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["where_prec", "where_coordinates", "adm_1", "adm_2", "longitude", "latitude"])
    frame["where_description"] = "Near " + frame["where_coordinates"] + " (SYNTHETIC)"
    frame["priogrid_gid"] = cell_id(frame["longitude"], frame["latitude"])
    for axis in ("longitude", "latitude"):
        frame[axis] = frame[axis].map("{:.6f}".format)
    frame["geom_wkt"] = "POINT (" + frame["longitude"] + " " + frame["latitude"] + ")"
    return frame


def _places(country: Country, settlements: Settlements) -> dict[tuple[int, int], tuple[object, ...]]:
    """Return, for each settlement and where_prec on land: precision, words, both admin names and the point."""
    places: dict[tuple[int, int], tuple[object, ...]] = {}
    for index, (at, name, district_index) in enumerate(
        zip(settlements.at, settlements.names, settlements.district, strict=True)
    ):
        district = country.districts[district_index]
        province = country.provinces[country.province_of[district_index]]
        adm_1, adm_2 = f"{province.name} province", f"{district.name} district"
        places[index, 1] = (1, name, adm_1, adm_2, *at)
        places[index, 2] = (2, name, adm_1, adm_2, *at)
        places[index, 3] = (3, adm_2, adm_1, adm_2, *district.anchor)
        places[index, 4] = (4, adm_1, adm_1, "", *province.anchor)
        places[index, 5] = (5, f"Roads of {adm_1}", adm_1, "", *province.anchor)
        places[index, 6] = (6, "Xandimar", "", "", *country.whole.anchor)
    return places


def blur_dates(unrest: Unrest, rng: np.random.Generator) -> pd.DataFrame:
    """Return the date columns of GED; the window an event may belong to never leaves its year, as UCDP's do not."""
    number = len(unrest.day)
    precision = 1 + rng.choice(len(WHEN_SHARES), size=number, p=WHEN_SHARES)
    day = FIRST_DAY + unrest.day
    month = day.astype("datetime64[M]")
    start = np.where(precision >= 4, month.astype("datetime64[D]"), day)
    days_in_month = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
    few, many = rng.integers(1, 6, number), rng.integers(31, 180, number)
    lasts = np.choose(precision - 1, [np.zeros(number, int), few, np.full(number, 6), days_in_month - 1, many])
    year_end = (day.astype("datetime64[Y]") + 1).astype("datetime64[D]") - 1
    is_aggregate = rng.random(number) < np.where(precision == 1, 0.005, 0.6)
    return pd.DataFrame(
        {
            "year": day.astype("datetime64[Y]").astype(int) + 1970,
            "date_prec": precision,
            "date_start": [f"{first} 00:00:00.000" for first in start],
            "date_end": [f"{last} 00:00:00.000" for last in np.minimum(start + lasts, year_end)],
            "event_clarity": np.where(is_aggregate, 2, 1),
        }
    )


def count_deaths(kind: NDArray[np.int64], is_aggregate: NDArray[np.bool_], rng: np.random.Generator) -> pd.DataFrame:
    """Return the death columns of GED: long-tailed totals, split by side, with an interval around them.

    Parameters
    ----------
    kind
        Type of violence of each event, 1 to 3.
    is_aggregate
        Whether the event sums up several; such rows hold more deaths.
    """
    number = len(kind)
    best = np.floor(np.exp(1.35 + 0.9 * is_aggregate + 1.25 * rng.standard_normal(number))).astype(int).clip(0, 900)
    by_side = np.array([rng.multinomial(n, _DEATH_ODDS[k]) for n, k in zip(best, kind.tolist(), strict=True)])
    fewer = np.floor(best * rng.random(number)).astype(int)
    more = best + np.ceil((best + 1) * rng.random(number)).astype(int)
    low = np.where(rng.random(number) < 0.72, best, fewer)
    high = np.where((rng.random(number) < 0.65) & (best > 0), best, more)
    high[rng.choice(np.flatnonzero(best > 2), BROKEN_ORDERS, replace=False)] = 0
    sides = dict(zip(("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"), by_side.T, strict=True))
    return pd.DataFrame({**sides, "best": best, "high": high, "low": low})
