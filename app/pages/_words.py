"""Codes as people read them on screen; numbers and months are worded as on the briefing map."""

import math

from app.wording import number
from layers._layer import Parameter, layers

STATUS_WORDS = {
    "ok": "Value",
    "no_data": "No data",
    "not_assessed": "Not assessed",
    "stale": "Stale",
    "suppressed": "Suppressed",
}
STATUS_REASONS = {
    "no_data": "No source covers this place and month.",
    "not_assessed": "A source covers the area, but nobody went there.",
    "stale": "Its source is late: a value is the last one known, and where there is none, nothing is known since.",
    "suppressed": "So few protected sites lie here that the value could point to one.",
}
UNIT_NAMES = {"adm1": "Admin 1", "adm2": "Admin 2", "cell": "Grid cells"}
KIND_WORDS = {
    "state_based": "State-based fighting",
    "non_state": "Non-state fighting",
    "one_sided": "Violence against civilians",
    "attack_on_health": "Attack on health care",
    "attack_on_education": "Attack on education",
    "attack_on_aid": "Attack on aid",
    "attack_on_camp": "Attack on a camp",
    "demonstration": "Demonstration or riot",
    "strategic": "Strategic development",
}
SUPPORT_WORDS = {
    "exact": "exact",
    "near": "within 25 km",
    "adm2": "admin 2",
    "adm1": "admin 1",
    "region": "region",
    "country": "country",
    "water": "at sea",
}


def readable(value: float | None) -> str:
    """Return a number as on the briefing map, but a small one as `<0.001`: more digits of a chance tell nobody more."""
    if value is not None and 0 < abs(value) < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    return number(math.nan if value is None else value)


def counted(count: int, noun: str) -> str:
    """Return `1 record`, `2 records`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def ordinal(rank: int) -> str:
    """Return 2 as `2nd`."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"


def component_words(name: str) -> str:
    """Return what a part of a value is called; a part may be a layer."""
    return layers()[name].title if name in layers() else plain(name)


def parameter_words(parameter: Parameter) -> str:
    """Return what a parameter is called beside its number and unit: `Half-life`, `Weight of Civilian harm`."""
    begun, _, rest = parameter.name.partition("_")
    if begun in ("weight", "most") and rest in layers():
        return f"Weight of {layers()[rest].title}" if begun == "weight" else f"{layers()[rest].title} scores 10 from"
    bare = parameter.name.removesuffix(f"_{parameter.unit}")
    return plain(bare).replace("Half life", "Half-life")


def plain(code: str) -> str:
    """Return an identifier such as `displacement_site` as words."""
    words = code.replace("_", " ")
    statistic = words[1:2] == " "  # p, z: their case has a meaning
    return KIND_WORDS.get(code, words if statistic else words[:1].upper() + words[1:])
