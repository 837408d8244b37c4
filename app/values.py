"""Value matrices: all months of a layer for one kind of unit, sent to the browser once."""

from functools import lru_cache

import numpy as np
from flask import Blueprint, Response, abort
from numpy.typing import NDArray

from app.pinned import Current, immutable, judged, pinned
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS
from layers._layer import layers

BINARY = "application/octet-stream"


@lru_cache(maxsize=48)
def matrix(edition: Edition, layer_id: str, unit: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return an edition's values and status codes, units x months, read from the database once."""
    return edition.matrix(layer_id, unit)


def packed(edition: Edition, layer_id: str, unit: str) -> bytes:
    """Return a layer's values as the browser takes them.

    Returns
    -------
    bytes
        Months x units, by month: all values as little-endian float32 (NaN where there is none), then all statuses
        as one byte each, numbered as in `layers._layer.STATUSES`.
    """
    values, statuses = matrix(edition, layer_id, unit)
    return values.T.astype("<f4").tobytes() + statuses.T.tobytes()


def blueprint(current: Current) -> Blueprint:
    """Return the routes under /values."""
    routes = Blueprint("values", __name__, url_prefix="/values")

    @routes.get("/<edition_id>/<layer_id>/<unit>.bin")
    def values(edition_id: str, layer_id: str, unit: str) -> Response:
        edition = pinned(current, edition_id)
        if layer_id not in layers() or unit not in UNITS:
            abort(404, "There is no such layer or unit.")
        return judged(edition, BINARY, lambda: packed(edition, layer_id, unit))

    @routes.get("/<edition_id>/<unit>.json")
    def names(edition_id: str, unit: str) -> Response:
        edition = pinned(current, edition_id)
        if unit not in UNITS:
            abort(404, "There is no such unit.")
        return immutable(edition, "application/json", lambda: unit_names(edition, unit))

    return routes


def unit_names(edition: Edition, unit: str) -> bytes:
    """Return the units of a kind, in order of idx, as JSON ``[[id, name, longitude, latitude], ...]`` (OGC:CRS84)."""
    told = edition.units(unit)[["id", "name", "longitude", "latitude"]]
    return told.to_json(orient="values", force_ascii=False, double_precision=4).encode()
