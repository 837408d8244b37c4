"""The fourteen risk factors of the UN Framework of Analysis for Atrocity Crimes (2014) and what data can say of them.

Titles are those of the Framework (A/70/741-S/2016/71, annex). The grade says what incidents, displacement, protected
sites and population can do at best; it is never a finding. What the indicators show is "consistent with" a risk
factor; whether it is present is for people to judge.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Grade = Literal["measured", "proxy", "not measurable from data"]
MEASURED: Grade = "measured"
PROXY: Grade = "proxy"
NOT_MEASURABLE: Grade = "not measurable from data"

DOCUMENT = "Framework of Analysis for Atrocity Crimes (United Nations 2014; A/70/741-S/2016/71, annex)"
GRADES: Mapping[Grade, str] = MappingProxyType(
    {
        MEASURED: "one of its indicators is itself counted, by place and month",
        PROXY: "something that goes with one of its indicators is counted in its stead",
        NOT_MEASURABLE: "no records of incidents, displacement, sites or residents speak of it",
    }
)
GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "Common risk factors": (1, 2, 3, 4, 5, 6, 7, 8),
        "Specific risk factors: genocide": (9, 10),
        "Specific risk factors: crimes against humanity": (11, 12),
        "Specific risk factors: war crimes": (13, 14),
    }
)
"""The numbers of the risk factors under the headings of the Framework."""


class Factor(NamedTuple):
    """One risk factor: its exact title, how far these data measure it, and why no further."""

    title: str
    grade: Grade
    note: str


FRAMEWORK: Mapping[int, Factor] = MappingProxyType(
    {
        1: Factor(
            "Situations of armed conflict or other forms of instability",
            MEASURED,
            "Armed conflict and displacement by place and month, and where they gather, spread or change; political "
            "and economic instability are not covered.",
        ),
        2: Factor(
            "Record of serious violations of international human rights and humanitarian law",
            MEASURED,
            "Killings of civilians on record; whether they were violations is for people to judge.",
        ),
        3: Factor(
            "Weakness of State structures",
            NOT_MEASURABLE,
            "Lists of sites do not say whether a court, a clinic or a school works.",
        ),
        4: Factor(
            "Motives or incentives",
            NOT_MEASURABLE,
            "Why someone would commit atrocity crimes is not in records of events.",
        ),
        5: Factor(
            "Capacity to commit atrocity crimes",
            NOT_MEASURABLE,
            "Past incidents show that armed groups acted, not what personnel, arms and money they hold.",
        ),
        6: Factor(
            "Absence of mitigating factors",
            NOT_MEASURABLE,
            "Needs records of protection, presence and mediation, which are not among the sources.",
        ),
        7: Factor(
            "Enabling circumstances or preparatory action",
            PROXY,
            "Displaced people who arrive or are present, and violence near essential, religious or cultural sites, "
            "stand in for it.",
        ),
        8: Factor(
            "Triggering factors",
            MEASURED,
            "Spill-over of hostilities across a border, and what is consistent with their sudden starts; elections, "
            "trials and anniversaries are not covered.",
        ),
        9: Factor(
            "Intergroup tensions or patterns of discrimination against protected groups",
            NOT_MEASURABLE,
            "Records do not say to which group victims belonged or how groups live together.",
        ),
        10: Factor(
            "Signs of an intent to destroy in whole or in part a protected group",
            NOT_MEASURABLE,
            "Intent is never scored; evidence for it belongs in an analyst's notes.",
        ),
        11: Factor(
            "Signs of a widespread or systematic attack against any civilian population",
            MEASURED,
            "Spread, repetition and gravity of violence that harms civilians; not whether it is organised.",
        ),
        12: Factor(
            "Signs of a plan or policy to attack any civilian population",
            NOT_MEASURABLE,
            "Coincidence of incidents is no evidence of a plan; a pattern is at most a reason to look closer.",
        ),
        13: Factor(
            "Serious threats to those protected under international humanitarian law",
            PROXY,
            "Deaths of civilians, and violence near hospitals, schools and displaced people, stand in for it; conduct "
            "and legality are not on record.",
        ),
        14: Factor(
            "Serious threats to humanitarian or peacekeeping operations",
            PROXY,
            "Violence near places where humanitarian operations work stands in for threats against them.",
        ),
    }
)
