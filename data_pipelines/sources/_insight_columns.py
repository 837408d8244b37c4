"""Columns of Insecurity Insight's files that are known and not read."""

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
