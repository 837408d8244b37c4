"""The whole view as one record, and as the query of a link that brings it back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from app.statements import sql
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS
from geo.errors import UsageError
from layers._layer import layers

VERSION = "1"
OVERLAYS = ("incidents", "sites")
FIRST_LAYER, FIRST_UNIT = "incident_intensity", "adm2"
MAX_ZOOM = 14
MAX_QUERY = 1500  # characters; longer links are cut by mail programs
CAMERA = re.compile(r"(-?\d{1,3}(?:\.\d{1,9})?),(-?\d{1,2}(?:\.\d{1,9})?),(\d{1,2})", re.ASCII)


class Camera(NamedTuple):
    """Where the map looks: its centre in degrees (OGC:CRS84, longitude first) and its zoom, 0 to 14."""

    longitude: float
    latitude: float
    zoom: int


@dataclass(frozen=True)
class Choices:
    """What an edition lets a view choose: ids of layers, ids of units by kind of unit, and months in order.

    `newest` is the newest month with a value, by layer; sources end in different months.
    """

    layers: tuple[str, ...]
    units: Mapping[str, frozenset[str]]
    periods: tuple[str, ...]
    newest: Mapping[str, str]


@dataclass(frozen=True)
class State:
    """One view of the map.

    Attributes
    ----------
    camera
        None for the whole of the countries mapped.
    overlays
        Among `OVERLAYS`, in that order.
    selected
        Id of the unit whose drawer is open; empty for none.
    """

    layer: str
    unit: str
    period: str
    camera: Camera | None = None
    overlays: tuple[str, ...] = ()
    selected: str = ""


@dataclass(frozen=True)
class Restored:
    """A view read from a link, and a sentence for each part of the link that could not be followed.

    `part` is what the address goes on with after that of its page, such as ``ucdp_ged`` of ``/data/ucdp_ged``; `query`
    is the address's own, for pages whose views are not those of the map.
    """

    state: State
    notices: tuple[str, ...] = ()
    part: str = ""
    query: str = ""


@lru_cache(maxsize=4)
def choices(edition: Edition) -> Choices:
    """Return what an edition lets a view choose; kinds of unit that it has no unit of are left out."""
    ids = {unit: frozenset(edition.units(unit)["id"]) for unit in UNITS}
    newest = {str(layer): str(period) for layer, period in edition.fetch(sql("newest")).itertuples(index=False)}
    there = {unit: found for unit, found in ids.items() if found}
    return Choices(tuple(layers()), there, tuple(edition.periods()), newest)


def first(allowed: Choices, layer: str = FIRST_LAYER) -> State:
    """Return the view that is shown to somebody who asked for no more than a layer: its newest month with a value."""
    known = next(name for name in (layer, FIRST_LAYER, *allowed.layers) if name in allowed.layers)
    unit = FIRST_UNIT if FIRST_UNIT in allowed.units else next(iter(allowed.units))
    return State(known, unit, allowed.newest.get(known, allowed.periods[-1]))


def to_query(state: State) -> str:
    """Return the query of a link to a view, without its question mark; five decimals of a degree, about a metre."""
    named = {"v": VERSION, "l": state.layer, "u": state.unit, "t": state.period}
    if state.camera:
        longitude, latitude, zoom = state.camera
        named["c"] = f"{longitude:.5f},{latitude:.5f},{zoom}"
    if state.overlays:
        named["o"] = ",".join(state.overlays)
    if state.selected:
        named["s"] = state.selected
    return urlencode(named, safe=",")


def from_query(query: str, allowed: Choices) -> Restored:
    """Return the view that a query asks for; what it asks for in vain falls back to the first view, with a notice.

    Parameters
    ----------
    query
        As it stands in an address, with or without its question mark. Whatever it holds, this does not fail.
    allowed
        What the edition has.
    """
    notices = list[str]()
    if len(query) > MAX_QUERY:
        return Restored(first(allowed), ("The link is too long to be one of ours; the first view is shown.",))
    asked = dict(reversed(parse_qsl(query.removeprefix("?"), keep_blank_values=True)))
    notices += _strangers(asked)
    start = first(allowed, asked.get("l", FIRST_LAYER))
    unit = _one_of("kind of unit", asked.get("u"), tuple(allowed.units), start.unit, notices)
    state = State(
        layer=_one_of("layer", asked.get("l"), allowed.layers, start.layer, notices),
        unit=unit,
        period=_one_of("month", asked.get("t"), allowed.periods, start.period, notices),
        camera=_camera(asked.get("c"), notices),
        overlays=_overlays(asked.get("o"), notices),
        selected=_one_of("area", asked.get("s"), allowed.units[unit], "", notices),
    )
    return Restored(state, tuple(notices))


def required(allowed: Choices, layer: str, unit: str, period: str, selected: str) -> State:
    """Return the view that the browser reports, or refuse it; used for what a program sends, not for what people type.

    Raises
    ------
    UsageError
        Where a part of it does not exist in this edition.
    """
    state = State(layer=layer, unit=unit, period=period, selected=selected)
    known = {"layer": allowed.layers, "unit": tuple(allowed.units), "period": allowed.periods}
    for name, values in known.items():
        if getattr(state, name) not in values:
            raise UsageError(f"There is no {name} {_short(getattr(state, name))} in this edition; reload the page.")
    if selected and selected not in allowed.units[unit]:
        raise UsageError(f"There is no {unit} {_short(selected)} in this edition; reload the page.")
    return state


def _strangers(asked: Mapping[str, str]) -> list[str]:
    if asked.get("v", VERSION) != VERSION:
        return ["The link was made by another version of Forewatch; what this version knows of it is shown."]
    unknown = sorted(set(asked) - {"v", "l", "u", "t", "c", "o", "s"})
    return [f"The link also holds {', '.join(map(_short, unknown[:3]))}, which is ignored."] if unknown else []


def _one_of(
    what: str, asked: str | None, known: tuple[str, ...] | frozenset[str], otherwise: str, notices: list[str]
) -> str:
    if asked is None or asked in known:
        return asked or otherwise
    instead = f"'{otherwise}' is shown" if otherwise else "none is selected"
    notices.append(f"The link asks for the {what} {_short(asked)}, which this edition does not have; {instead}.")
    return otherwise


def _camera(asked: str | None, notices: list[str]) -> Camera | None:
    if asked is None:
        return None
    found = CAMERA.fullmatch(asked)
    if found:
        camera = Camera(float(found[1]), float(found[2]), int(found[3]))
        if abs(camera.longitude) <= 180 and abs(camera.latitude) <= 85 and camera.zoom <= MAX_ZOOM:
            return camera
    notices.append(f"The link asks for the place {_short(asked)}, which is none; all of the map is shown.")
    return None


def _overlays(asked: str | None, notices: list[str]) -> tuple[str, ...]:
    names = asked.split(",") if asked else []
    unknown = [name for name in names if name not in OVERLAYS]
    if unknown:
        notices.append(f"The link asks for {_short(unknown[0])} on the map, which there is not.")
    return tuple(name for name in OVERLAYS if name in names)


def _short(text: object) -> str:
    """Quote what somebody else wrote, cut to a length that cannot fill the screen."""
    words = str(text)
    return f"'{words[:40]}…'" if len(words) > 40 else f"'{words}'"
