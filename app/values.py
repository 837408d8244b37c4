"""Value matrices: all months of a layer for one kind of unit, sent to the browser once for each way to show it."""

from functools import lru_cache

import numpy as np
from flask import Blueprint, Response, abort, request
from numpy.typing import NDArray

from app.pinned import Current, immutable, judged, pinned
from app.state import choices
from app.turns import ONE_AT_A_TIME
from app.variants import ABOVE, VALUE, Settings, Show, bearing, overrides, read_settings, read_show
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS
from layers._layer import NO_CATEGORY, Values, layers, needed

BINARY = "application/octet-stream"
Matrix = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""What is painted, NaN where nothing is, and status codes: units by idx x months."""


def matrix(edition: Edition, layer_id: str, unit: str, show: Show = VALUE, settings: Settings = ()) -> Matrix:
    """Return what the map paints and status codes; the newest few are kept.

    Parameters
    ----------
    show
        Chances are given in percent.
    settings
        Those that do not bear on the layer change nothing.

    Raises
    ------
    DataError
        Where values would have to be computed anew from records that are not in this tier.
    """
    of = bearing(settings, needed(layer_id))
    if show.what == ABOVE:
        return _chances(edition, layer_id, unit, show.threshold, of)
    if not of:
        return _stored(edition, layer_id, unit, show.what)
    found = live(edition, layer_id, unit, of)
    if found.category is not None:
        painted = np.where(found.category == NO_CATEGORY, np.nan, found.category)
    else:
        painted = getattr(found, show.what)
    return painted.astype(np.float32), found.status


@lru_cache(maxsize=64)
def _stored(edition: Edition, layer_id: str, unit: str, column: str) -> Matrix:
    return edition.matrix(layer_id, unit, column)


def live(edition: Edition, layer_id: str, unit: str, settings: Settings) -> Values:
    """Return a layer's values with these settings, all of which bear on it; the edition keeps the newest few."""
    with ONE_AT_A_TIME:
        return edition.live(layer_id, unit, overrides(settings))


def _chances(edition: Edition, layer_id: str, unit: str, threshold: float, settings: Settings) -> Matrix:
    _, statuses = matrix(edition, layer_id, unit, VALUE, settings)
    with ONE_AT_A_TIME:
        return _chance(edition, layer_id, unit, threshold, settings), statuses


@lru_cache(maxsize=8)
def _chance(edition: Edition, layer_id: str, unit: str, threshold: float, settings: Settings) -> NDArray[np.float32]:
    return (100 * edition.chance(layer_id, unit, threshold, overrides(settings))).astype(np.float32)


def packed(edition: Edition, layer_id: str, unit: str, show: Show = VALUE, settings: Settings = ()) -> bytes:
    """Return a layer's values as the browser takes them.

    Returns
    -------
    bytes
        Months x units, by month: all values as little-endian float32 (NaN where there is none), then all statuses
        as one byte each, numbered as in `layers._layer.STATUSES`.
    """
    values, statuses = matrix(edition, layer_id, unit, show, settings)
    return values.T.astype("<f4").tobytes() + statuses.T.tobytes()


def blueprint(current: Current) -> Blueprint:
    """Return the routes under /values."""
    routes = Blueprint("values", __name__, url_prefix="/values")

    @routes.get("/<edition_id>/<layer_id>/<unit>.bin")
    def values(edition_id: str, layer_id: str, unit: str) -> Response:
        edition = pinned(current, edition_id)
        if layer_id not in layers() or unit not in UNITS:
            abort(404, "There is no such layer or unit.")
        show, settings = _asked(edition, layer_id)
        return judged(edition, BINARY, lambda: packed(edition, layer_id, unit, show, settings))

    @routes.get("/<edition_id>/<unit>.json")
    def names(edition_id: str, unit: str) -> Response:
        edition = pinned(current, edition_id)
        if unit not in UNITS:
            abort(404, "There is no such unit.")
        return immutable(edition, "application/json", lambda: unit_names(edition, unit))

    return routes


def _asked(edition: Edition, layer_id: str) -> tuple[Show, Settings]:
    """Return what the query of a request asks for; what is not there is refused in one sentence."""
    show, settings = request.args.get("show", VALUE.what), request.args.get("settings", "")
    if show.startswith(ABOVE) and layers()[layer_id].chance is not None:
        edition.refuse_records(layer_id)  # says which tier has them
    allowed = choices(edition)
    return read_show(show, allowed.shown(layer_id)), read_settings(settings, allowed.knobs)


def unit_names(edition: Edition, unit: str) -> bytes:
    """Return the units of a kind, in order of idx, as JSON ``[[id, name, longitude, latitude], ...]`` (OGC:CRS84)."""
    told = edition.units(unit)[["id", "name", "longitude", "latitude"]]
    return told.to_json(orient="values", force_ascii=False, double_precision=4).encode()
