"""What the browser is told of an edition, once: enough to draw every layer and month without asking again."""

import math
from dataclasses import replace
from typing import Any

from app.attribution import ages, stale_because
from app.pages._words import KIND_WORDS, parameter_words
from app.state import Choices, choices, refusal
from app.statements import sql
from app.variants import CHANCE_BREAKS
from data_pipelines.edition import Edition
from data_pipelines.tables import Tier
from geo.crs import MERCATOR_LIMIT_M
from layers._layer import STATUSES, Layer, Parameter, layer, needed
from layers._legend import STATUS_STYLE, classes, is_signed

# Okabe and Ito's colours and their grey, which stay apart for every kind of colour vision; attacks are squares as well.
KIND_COLOURS = {
    "state_based": "#0072b2",
    "non_state": "#56b4e9",
    "one_sided": "#000000",
    "attack_on_health": "#009e73",
    "attack_on_education": "#cc79a7",
    "attack_on_aid": "#e69f00",
    "attack_on_camp": "#f0e442",
    "demonstration": "#d55e00",
    "strategic": "#999999",
}


def brief(edition: Edition) -> dict[str, Any]:
    """Return an edition's id, tier, months, extent, legends, parameters and signs, to be sent as JSON."""
    allowed = choices(edition)
    return {
        "edition": edition.id,
        "days": edition.days,
        "tier": edition.tier.name,
        "address": edition.tier < Tier.confidential,
        "periods": edition.periods(),
        "bounds": bounds(edition),
        "layers": {name: _layer(edition, layer(name), allowed) for name in allowed.layers},
        "chances": _chances(),
        "statuses": [_status(name) for name in STATUSES],
        "kinds": _kinds(edition),
    }


def _kinds(edition: Edition) -> list[dict[str, str]]:
    """Return the signs of those kinds of incident that an edition has."""
    there = set(edition.fetch(sql("incident_kinds"))["kind"])
    return [{"id": k, "label": KIND_WORDS[k], "colour": colour} for k, colour in KIND_COLOURS.items() if k in there]


def bounds(edition: Edition) -> list[list[float]]:
    """Return the box of everything mapped as Leaflet wants it: [[south, west], [north, east]] in degrees."""
    box = edition.fetch(sql("bounds")).iloc[0]
    return [[_latitude(box["y0"]), _longitude(box["x0"])], [_latitude(box["y1"]), _longitude(box["x1"])]]


def _longitude(x: float) -> float:
    return round(x / MERCATOR_LIMIT_M * 180, 5)


def _latitude(y: float) -> float:
    return round(math.degrees(math.atan(math.sinh(y / MERCATOR_LIMIT_M * math.pi))), 5)


def _layer(edition: Edition, one: Layer, allowed: Choices) -> dict[str, Any]:
    return {
        "title": one.title,
        "unit": one.unit_of_value,
        **_legend(one),
        "shows": allowed.shown(one.id),
        "breaks": one.breaks,
        "live": [] if (refused := refusal(edition, one.id)) else _live(one, allowed),
        "ranked": one.ranks is not None,
        "refusal": refused if one.live or one.chance else "",
        "stale": stale_because(edition, one.id),
        "ages": [age._asdict() for age in ages(edition, one.id)],
    }


def _legend(one: Layer) -> dict[str, Any]:
    """Return the classes of a legend, and what tells into which of them a value falls; no lower bound is null."""
    kind = "categories" if one.categories else "signed" if is_signed(one) else "from_zero"
    shown = [
        {"lower": c.lower if math.isfinite(c.lower) else None, "label": c.label, "colour": c.colour}
        for c in classes(one)
    ]
    return {"kind": kind, "classes": shown}


def _chances() -> dict[str, Any]:
    """Return the legend of chances in percent, the same for all layers."""
    like = replace(layer("incident_intensity"), breaks=CHANCE_BREAKS, palette="Purples")
    told = _legend(like)
    for one in told["classes"]:
        one["label"] = one["label"].replace(" or more", " % or more") if "more" in one["label"] else f"{one['label']} %"
    return told


def _live(one: Layer, allowed: Choices) -> list[dict[str, Any]]:
    """Return what can be set of a layer and of those that it is made of; its own first."""
    names = [one.id, *(name for name in needed(one.id) if name != one.id)]
    return [
        _knob(layer(name), parameter, allowed)
        for name in names
        for parameter in layer(name).parameters
        if (name, parameter.name) in allowed.knobs
    ]


def _knob(of: Layer, parameter: Parameter, allowed: Choices) -> dict[str, Any]:
    return {
        "key": f"{of.id}.{parameter.name}",
        "layer": of.title,
        "words": parameter_words(parameter),
        "unit": "" if parameter.unit == "1" else parameter.unit,
        "meaning": parameter.meaning,
        **allowed.knobs[of.id, parameter.name]._asdict(),
    }


def _status(name: str) -> dict[str, str]:
    style = STATUS_STYLE[name]
    return {"id": name, "label": style.label, "colour": style.colour, "hatch": style.hatch, "ink": style.ink}
