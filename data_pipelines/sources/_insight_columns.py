"""Insecurity Insight's data sets, the columns that are read, and those that are known and not read."""

import re
from typing import NamedTuple

from data_pipelines._source import Field


class Theme(NamedTuple):
    """One of the provider's data sets: its columns of deaths, which tell it from the others, and where it is on HDX.

    `file` is how the name of its file on HDX goes on after the years.
    """

    name: str
    kind: str
    killed: tuple[str, ...]
    dataset: str
    file: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """Its columns of deaths, of which a file has at least one."""
        return tuple(Field(name, (name,), "text", "deaths", "persons", required=False) for name in self.killed)

    def is_file(self, name: str) -> bool:
        """Tell the file of all years, such as ``2016-2023-attacks-on-health-care-incident-data.xlsx``, by its name."""
        return bool(re.fullmatch(rf"\d{{4}}-\d{{4}}-{self.file}-incident-data.*\.xlsx", name))


THEMES = (
    Theme(
        "health",
        "attack_on_health",
        ("Health Workers Killed",),
        "sind-safeguarding-healthcare-monthly-news-briefs-dataset",
        "attacks-on-health-care",
    ),
    Theme(
        "education",
        "attack_on_education",
        ("Educators Killed", "Students Killed"),
        "sind-education-in-danger-monthly-news-briefs-dataset",
        "education-in-danger",
    ),
    Theme(
        "camps",
        "attack_on_camp",
        ("People Associated with Protection Programme Killed", "Camp Resident Killed", "Service Provider Killed"),
        "sind-protection-in-danger-monthly-news-briefs-dataset",
        "protection-in-danger",
    ),
    Theme(
        "aid",
        "attack_on_aid",
        # The provider codes those who died in captivity as kidnapped, not as killed.
        ("Aid Workers Killed", "Aid Workers Killed in Captivity"),
        "sind-aid-worker-kka-dataset",
        "aid-worker-kika",
    ),
)
SEXUAL_VIOLENCE = ("Type of SV", "SV Context", "Location Where Sexual Violence Was Committed")
FIELDS = (
    Field("id", ("SiND Event ID", "SiND ID"), "text", "the incident's id in the provider's database"),
    Field("date", ("Date",), "day", "day of the incident"),
    Field("country", ("Country",), "text", "country's name"),
    Field("iso3", ("Country ISO",), "code", "country, ISO alpha-3"),
    Field("latitude", ("Latitude",), "text", "where it was, or that HDX left it out", "degrees"),
    Field("longitude", ("Longitude",), "text", "where it was, or that HDX left it out", "degrees"),
    Field("precision", ("Geo Precision",), "text", "how exactly the place is known, on UCDP's scale: 25 km at best"),
    Field("adm1", ("Admin 1",), "text", "name of the province", required=False),
    Field(
        "actor", ("Reported Perpetrator Name", "Actor Name"), "text", "who is reported to have done it", required=False
    ),
    Field("actor_type", ("Reported Perpetrator", "Actor Type", "Actor"), "text", "what kind of actor", required=False),
)

_COMMON = """
Event Description
Weapon Carried/Used
Location
Location of event
Location of Incident
Conflict-Related Violence
Political-Related Violence
COVID-19-Related Violence
Ebola-Related Violence
Vaccination-Related Violence
"""
_HEALTH = """
Number of Attacks on Health Facilities Reporting Destruction
Number of Attacks on Health Facilities Reporting Damaged
Forceful Entry into Health Facility
Occupation of Health Facility
Vicinity of Health Facility Affected
Health Transportation Destroyed
Health Transportation Damaged
Health Transportation Stolen/Hijacked
Looting/Theft/Robbery/Burglary of Health Supplies
Access Denied or Obstructed
Health Workers Injured
Health Workers Kidnapped
Health Workers Arrested
Known Kidnapping or Arrest Outcome
Health Workers Threatened
Health Workers Assaulted
Health Workers Sexually Assaulted
"""
_EDUCATION = """
Type of education facility
Attacks on Schools
Attacks on Universities
Military Occupation of Education facility
Arson attack on education facility
Forced Entry into education facility
Damage/Destruction To Ed facility Event
Damage/Destruction To Education Facility
Attacks on Students and Teachers
Educators Injured
Educators Kidnapped
Educators Arrested
Known Educators Kidnap Or Arrest Outcome
Students Attacked in School
Students Injured
Students Kidnapped
Students Arrested
Known Student Kidnap Or Arrest Outcome
Sexual Violence Affecting School Age Children
"""
_CAMPS = """
Camp Name
Protection Event Context
Victim of Violence
Survivor or Victim Sex
Survivor or Victim Minor
Number of Attacks on Camps Reporting Destruction
Number of attacks on Camps Reporting Damaged
People Associated with Protection Programme Kidnapped
People Associated with Protection Programme Arrested
People Associated with Protection Programme Targeted with CRSV
Camp Resident Injured
Camp Residents Kidnapped
Camp Residents Arrested
Camp Residents Targeted with CRSV
Service Provider Injured
Service Providers Kidnapped
Service Providers Arrested
Service Providers Targeted with CRSV
"""
_HARMS = ("Killed", "Killed in Captivity", "Injured", "Kidnapped", "Arrested")
_AID = (
    *(
        "Organisation Affected",
        "Programme Focus",
        "Aid Workers Injured",
        "Aid Workers Kidnapped",
        "Aid Workers Arrested",
    ),
    *(f"{who} Aid Workers {harm}" for who in ("International", "National", "Female", "Male") for harm in _HARMS),
)

KNOWN = (*filter(None, f"{_COMMON}{_HEALTH}{_EDUCATION}{_CAMPS}".splitlines()), *_AID)
