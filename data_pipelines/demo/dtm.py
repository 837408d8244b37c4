"""The demo's displaced persons as IOM DTM's API answers: people leave where deaths were many, and gather nearby.

Rounds come at irregular intervals; some districts were never assessed, some late; some rows are split by reason.
"""

import json
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipelines.demo.country import Country
from data_pipelines.demo.land import apart_km
from data_pipelines.demo.names import COUNTRY, ISO3
from data_pipelines.demo.settlements import Settlements
from data_pipelines.demo.unrest import FIRST_DAY, Unrest

OPERATION = "Displacement in Xandimar (SYNTHETIC)"
STORM_OPERATION = "Storm response in Xandimar (SYNTHETIC)"
ROUNDS = (
    *(date(2024, 1, 31), date(2024, 4, 15), date(2024, 5, 31), date(2024, 10, 10), date(2024, 12, 20)),
    *(date(2025, 3, 31), date(2025, 5, 12), date(2025, 6, 30), date(2025, 9, 20), date(2025, 12, 10)),
)
STORM_ROUNDS = (date(2025, 2, 20), date(2025, 4, 5))
LEAVING_PER_DEATH = 160
"""Persons; so that at the end one in fourteen residents is displaced."""
HALF_LIFE_DAYS = 300.0
MOVE_KM = 45.0
_NEVER_ASSESSED = ("XD0106", "XD0308", "XD0505", "XD0603")
_LATE = ("XD0301", "XD0304", "XD0404", "XD0503", "XD0601")
"""First reached in the fourth round."""


def stocks(
    country: Country, settlements: Settlements, unrest: Unrest, deaths: NDArray[np.int64], persons: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return displaced persons present, one row per round, one column per district.

    Parameters
    ----------
    deaths
        Best estimate of each event, in the order of `unrest`.
    persons
        Residents of each district.
    """
    where = settlements.district[unrest.settlement]
    days = [(np.datetime64(day) - FIRST_DAY).astype(int) for day in ROUNDS]
    moves = _moves(country, persons)
    rows = []
    for day in days:
        past = unrest.day < day
        weight = deaths[past] * 0.5 ** ((day - unrest.day[past]) / HALF_LIFE_DAYS)
        toll = np.bincount(where[past], weight, minlength=len(persons))
        left = persons * (1 - np.exp(-LEAVING_PER_DEATH * toll / persons)) * 0.5
        rows.append(left @ moves)
    return np.round(rows).astype(int)


def _moves(country: Country, persons: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of those who leave one district (row) that goes to another (column)."""
    apart = apart_km(country.towns_km, country.towns_km)
    pull = persons * np.exp(-apart / MOVE_KM) * np.where(apart == 0, 0.4, 1.0)
    return np.asarray(pull / pull.sum(axis=1, keepdims=True))


def answer(country: Country, present: NDArray[np.int64], last: date, rng: np.random.Generator) -> str:
    """Return the API's answer as it was on a day: every round up to it, with one row given twice."""
    rows = [
        row
        for number, (day, stock) in enumerate(zip(ROUNDS, present, strict=True), start=1)
        for row in _round(country, number, day, stock, rng)
    ]
    rows += [
        _row(country, district, STORM_OPERATION, number, day, 400 + 35 * district, "Natural disaster")
        for number, day in enumerate(STORM_ROUNDS, start=1)
        for district in range(10, 16)
    ]
    known = [{"id": 900_001 + i, **row} for i, row in enumerate(rows) if row["reportingDate"][:10] <= last.isoformat()]
    known.append(known[7])
    envelope = {"result": known, "statusCode": 200, "isSuccess": True, "errorMessages": []}
    return json.dumps({**envelope, "totalRecordsCount": len(known)}, indent=1) + "\n"


def _round(
    country: Country, number: int, day: date, stock: NDArray[np.int64], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Return one round's rows: every district assessed in it, a few of them split by reason, a few missed."""
    missed, split = rng.random((2, len(stock)))
    rows = []
    for district, persons in enumerate(stock.tolist()):
        code = country.districts[district].code
        if code in _NEVER_ASSESSED or (code in _LATE and number < 4) or missed[district] < 0.03:
            continue
        other = persons // 9 if split[district] < 0.12 else 0
        rows.append(_row(country, district, OPERATION, number, day, persons - other, "Conflict"))
        if other:
            rows.append(_row(country, district, OPERATION, number, day, other, "Natural disaster"))
    return rows


def _row(
    country: Country, district: int, operation: str, number: int, day: date, persons: int, reason: str
) -> dict[str, Any]:
    area = country.districts[district]
    province = country.provinces[country.province_of[district]]
    return {
        "operation": operation,
        "admin0Name": COUNTRY,
        "admin0Pcode": ISO3,
        "admin1Name": province.name,
        "admin1Pcode": province.code,
        "admin2Name": area.name,
        "admin2Pcode": area.code,
        "numPresentIdpInd": persons,
        "reportingDate": f"{day.isoformat()}T00:00:00",
        "yearReportingDate": day.year,
        "monthReportingDate": day.month,
        "roundNumber": number,
        "displacementReason": reason,
        "numberMales": None if district % 6 == 0 else persons * 49 // 100,
        "numberFemales": None if district % 6 == 0 else persons - persons * 49 // 100,
        "idpOriginAdmin1Name": "Not available",
        "idpOriginAdmin1Pcode": "Not available",
        "assessmentType": "BA",
    }
