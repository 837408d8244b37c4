"""The demo's attacks on health care as Insecurity Insight's workbook gives them; none is placed better than 25 km."""

import io
import re
import zipfile
from datetime import datetime

import numpy as np
from openpyxl import Workbook

from data_pipelines.demo.country import Country
from data_pipelines.demo.names import COUNTRY, ISO3
from data_pipelines.demo.settlements import Settlements
from data_pipelines.demo.unrest import FIRST_DAY, Unrest

ATTACKS = 42
FIRST_ID = 900_001
_WRITTEN = b"2026-01-31T00:00:00Z"
_COLUMNS = {
    "Date": "#date",
    "Event Description": None,
    "Country": "#country +name",
    "Country ISO": "#country +ISO",
    "Admin 1": "#admin1",
    "Latitude": "#lat",
    "Longitude": "#long",
    "Geo Precision": None,
    "Reported Perpetrator": "#group +perp",
    "Reported Perpetrator Name": "#group +perp +name",
    "Weapon Carried/Used": "#weapons",
    "Location ": "#loc",
    "Number of Attacks on Health Facilities Reporting Destruction": "#indicator +health_facility +destroyed +num",
    "Number of Attacks on Health Facilities Reporting Damaged": "#indicator +health_facility +damaged +num",
    "Forceful Entry into Health Facility": "#indicator +health_facility +armed_entry +num",
    "Occupation of Health Facility": "#indicator +health_facility +occupy",
    "Health Transportation Destroyed": "#indicator +health_transport +destroyed +num",
    "Health Transportation Damaged": "#indicator +health_transport +damaged +num",
    "Health Transportation Stolen/Hijacked": "#indicator +health_transport +abducted +num",
    "Looting/Theft/Robbery/Burglary of Health Supplies": "#indicator +health_supplies +taken +num",
    "Access Denied or Obstructed": "#indicator +health_obstruction",
    "Health Workers Killed": "#affected +healthworker +killed",
    "Health Workers Injured": "#affected +healthworker +injured",
    "Health Workers Kidnapped": "#affected +healthworker +kidnapped",
    "Health Workers Arrested": "#affected +healthworker +arrested",
    "Known Kidnapping or Arrest Outcome": None,
    "Health Workers Threatened": "#affected +healthworker +threatened",
    "Health Workers Assaulted": "#affected +healthworker +assaulted",
    "Health Workers Sexually Assaulted": "#affected +healthworker +SGBV",
    "Conflict-Related Violence": "#affected +conflict",
    "Political-Related Violence": "#affected +political",
    "COVID-19-Related Violence": "#affected +COVID",
    "Ebola-Related Violence": "#affected +Ebola",
    "Vaccination-Related Violence": "#affected +Vaccine",
    "SiND Event ID": None,
}
_PRECISION = ("(2) 25 km Precision ", "(3) District, Communicipality or Commune ", "(4) Province, State, Governorate ")
_COUNTRY_ONLY = "(6) Country"
_NO = "NotApplicable"


def workbook(country: Country, settlements: Settlements, unrest: Unrest, rng: np.random.Generator) -> bytes:
    """Return the workbook's bytes, the same on every run: header, HXL row and one row per attack."""
    book = Workbook()
    sheet = book.active
    sheet.title = "2019-25 Attacks on Health Care "
    sheet.append(list(_COLUMNS))
    sheet.append(list(_COLUMNS.values()))
    for index, event in enumerate(np.sort(rng.choice(len(unrest.day), ATTACKS, replace=False)).tolist()):
        sheet.append(_attack(country, settlements, unrest, event, index, rng))
    notes = book.create_sheet("MetaData&Notes")
    notes.append(["SYNTHETIC: invented incidents in a country that does not exist."])
    out = io.BytesIO()
    book.save(out)
    return _undated(out.getvalue())


def _attack(
    country: Country, settlements: Settlements, unrest: Unrest, event: int, index: int, rng: np.random.Generator
) -> list[object]:
    """Return one row: an attack on health care on the day and near the place of an incident."""
    district = settlements.district[unrest.settlement[event]]
    province = country.provinces[country.province_of[district]]
    level = int(rng.choice(4, p=(0.6, 0.22, 0.1, 0.08)))
    at = (settlements.at[unrest.settlement[event]].tolist(), country.districts[district].anchor, province.anchor)[
        min(level, 2)
    ]
    killed, injured, damaged = rng.poisson((0.3, 0.5, 0.4)).tolist()
    day: datetime = (FIRST_DAY + unrest.day[event]).astype("datetime64[s]").item()
    values = {
        "Date": day,
        "Event Description": "SYNTHETIC: an invented attack on health care.",
        "Country": COUNTRY,
        "Country ISO": ISO3,
        "Admin 1": province.name if level < 3 else "No Information",
        "Latitude": at[1] if level < 3 else None,
        "Longitude": at[0] if level < 3 else None,
        "Geo Precision": _PRECISION[level] if level < 3 else _COUNTRY_ONLY,
        "Reported Perpetrator": "No Information",
        "Reported Perpetrator Name": "Unidentified Armed Actor (SYNTHETIC)",
        "Weapon Carried/Used": "Firearms",
        "Location ": "Health Building",
        "Number of Attacks on Health Facilities Reporting Damaged": damaged,
        "Access Denied or Obstructed": not (killed or injured or damaged),
        "Health Workers Killed": killed,
        "Health Workers Injured": injured,
        "Known Kidnapping or Arrest Outcome": None,
        "Conflict-Related Violence": "ConflictEvent",
        **dict.fromkeys(("Political-Related Violence", "COVID-19-Related Violence"), _NO),
        **dict.fromkeys(("Ebola-Related Violence", "Vaccination-Related Violence"), _NO),
        "SiND Event ID": FIRST_ID + index,
    }
    return [values.get(column, 0) for column in _COLUMNS]


def _undated(book: bytes) -> bytes:
    """Return a workbook without the times at which it was written, stored so that no packer's version shows."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in sorted(old.namelist()):
            data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _WRITTEN, old.read(name))
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()
