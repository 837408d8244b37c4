"""The whole view as one record, and as the query of a link that brings it back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from app.statements import sql
from app.variants import (
    ABOVE,
    VALUE,
    Knob,
    Knobs,
    Setting,
    Settings,
    Show,
    in_order,
    quoted,
    read_setting,
    read_settings,
    read_show,
    settings_text,
)
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS
from geo.errors import DataError, UsageError
from layers._layer import Layer, layers

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

    `newest` is the newest month with a value, by layer; sources end in different months. `shows` is what can be shown
    of a layer beside its value, and `knobs` what can be set on the map.
    """

    layers: tuple[str, ...]
    units: Mapping[str, frozenset[str]]
    periods: tuple[str, ...]
    newest: Mapping[str, str]
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    knobs: Knobs = field(default_factory=dict)

    def shown(self, layer: str) -> tuple[str, ...]:
        """Return what can be shown of a layer: its value at least."""
        return (VALUE.what, *self.shows.get(layer, ()))


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
    settings
        Parameters that were changed on the map, also of layers that are not shown.
    """

    layer: str
    unit: str
    period: str
    camera: Camera | None = None
    overlays: tuple[str, ...] = ()
    selected: str = ""
    show: Show = VALUE
    settings: Settings = ()


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
    """Return what an edition lets a view choose.

    Kinds of unit that it has no unit of are left out, and so are layers that are younger than the edition.
    """
    ids = {unit: frozenset(edition.units(unit)["id"]) for unit in UNITS}
    newest = {str(layer): str(period) for layer, period in edition.fetch(sql("newest")).itertuples(index=False)}
    there = {unit: found for unit, found in ids.items() if found}
    known = [one for one in layers().values() if one.id in edition.manifest["parameters"]]
    shows = {one.id: _shows(edition, one) for one in known}
    knobs = {(one.id, name): knob for one in known for name, knob in _knobs(edition, one).items()}
    return Choices(tuple(one.id for one in known), there, tuple(edition.periods()), newest, shows, knobs)


def refusal(edition: Edition, layer_id: str) -> str:
    """Return the sentence why a layer cannot be computed anew in this tier; empty where it can."""
    try:
        edition.refuse_records(layer_id)
    except DataError as error:
        return str(error)
    return ""


def _shows(edition: Edition, one: Layer) -> tuple[str, ...]:
    chances = one.chance is not None and not refusal(edition, one.id)
    return (*(() if one.categories else ("low", "high")), *((ABOVE,) if chances else ()))


def _knobs(edition: Edition, one: Layer) -> dict[str, Knob]:
    own = edition.parameters(one.id)
    there = [p for p in one.parameters if p.name in one.live and not refusal(edition, one.id)]
    return {p.name: Knob(p.low, p.high, own[p.name]) for p in there}


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
    if state.show != VALUE:
        named["h"] = state.show.text()
    if state.settings:
        named["p"] = settings_text(state.settings)
    return urlencode(named, safe=",:")


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
    layer = _one_of("layer", asked.get("l"), allowed.layers, start.layer, notices)
    state = State(
        layer=layer,
        unit=unit,
        period=_one_of("month", asked.get("t"), allowed.periods, start.period, notices),
        camera=_camera(asked.get("c"), notices),
        overlays=_overlays(asked.get("o"), notices),
        selected=_one_of("area", asked.get("s"), allowed.units[unit], "", notices),
        show=_show(asked.get("h"), allowed.shown(layer), notices),
        settings=_settings(asked.get("p"), allowed.knobs, notices),
    )
    return Restored(state, tuple(notices))


def required(
    allowed: Choices, layer: str, unit: str, period: str, selected: str, show: str = VALUE.what, settings: str = ""
) -> State:
    """Return the view that the browser reports, or refuse it; used for what a program sends, not for what people type.

    Raises
    ------
    UsageError
        Where a part of it does not exist in this edition.
    """
    state = State(layer, unit, period, selected=selected, settings=read_settings(settings, allowed.knobs))
    known = {"layer": allowed.layers, "unit": tuple(allowed.units), "period": allowed.periods}
    for name, values in known.items():
        if getattr(state, name) not in values:
            raise UsageError(f"There is no {name} {quoted(getattr(state, name))} in this edition; reload the page.")
    if selected and selected not in allowed.units[unit]:
        raise UsageError(f"There is no {unit} {quoted(selected)} in this edition; reload the page.")
    return replace(state, show=read_show(show, allowed.shown(layer)))


def _strangers(asked: Mapping[str, str]) -> list[str]:
    if asked.get("v", VERSION) != VERSION:
        return ["The link was made by another version of Forewatch; what this version knows of it is shown."]
    unknown = sorted(set(asked) - {"v", "l", "u", "t", "c", "o", "s", "h", "p"})
    return [f"The link also holds {', '.join(map(quoted, unknown[:3]))}, which is ignored."] if unknown else []


def _one_of(
    what: str, asked: str | None, known: tuple[str, ...] | frozenset[str], otherwise: str, notices: list[str]
) -> str:
    if asked is None or asked in known:
        return asked or otherwise
    instead = f"'{otherwise}' is shown" if otherwise else "none is selected"
    notices.append(f"The link asks for the {what} {quoted(asked)}, which this edition does not have; {instead}.")
    return otherwise


def _camera(asked: str | None, notices: list[str]) -> Camera | None:
    if asked is None:
        return None
    found = CAMERA.fullmatch(asked)
    if found:
        camera = Camera(float(found[1]), float(found[2]), int(found[3]))
        if abs(camera.longitude) <= 180 and abs(camera.latitude) <= 85 and camera.zoom <= MAX_ZOOM:
            return camera
    notices.append(f"The link asks for the place {quoted(asked)}, which is none; all of the map is shown.")
    return None


def _overlays(asked: str | None, notices: list[str]) -> tuple[str, ...]:
    names = asked.split(",") if asked else []
    unknown = [name for name in names if name not in OVERLAYS]
    if unknown:
        notices.append(f"The link asks for {quoted(unknown[0])} on the map, which there is not.")
    return tuple(name for name in OVERLAYS if name in names)


def _show(asked: str | None, offered: tuple[str, ...], notices: list[str]) -> Show:
    try:
        return read_show(asked, offered) if asked is not None else VALUE
    except UsageError as error:
        notices.append(f"{error} The value is shown.")
        return VALUE


def _settings(asked: str | None, knobs: Knobs, notices: list[str]) -> Settings:
    """Return the settings that can be followed; of those that cannot, the first is told."""
    found, wrong = list[Setting](), list[str]()
    for one in (asked or "").split(","):
        try:
            found += [read_setting(one, knobs)] if one else []
        except UsageError as error:
            wrong.append(f"{error} The edition's own is used.")
    notices += wrong[:1]
    return in_order(found, knobs)
