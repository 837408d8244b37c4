"""Vector tiles straight from an edition: shapes carry ids only, and points no finer a place than the tier allows."""

from collections.abc import Mapping

from flask import Blueprint, Response, abort

from app.pinned import Current, immutable, pinned
from app.state import MAX_ZOOM
from app.statements import sql
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS, Tier
from geo.crs import MERCATOR_LIMIT_M

TILE = "application/vnd.mapbox-vector-tile"
MARGIN = 1 / 8  # of a tile's side, so that marks near an edge are drawn whole on both sides of it

Box = Mapping[str, float]


def box(zoom: int, x: int, y: int) -> dict[str, float]:
    """Return a tile's zoom, its box and the margin round it, EPSG:3857 metres, as named values for SQL.

    Raises
    ------
    NotFound
        Where there is no such tile.
    """
    if not (0 <= zoom <= MAX_ZOOM and 0 <= x < 2**zoom and 0 <= y < 2**zoom):
        abort(404, "There is no such tile.")
    side = 2 * MERCATOR_LIMIT_M / 2**zoom
    west, north = x * side - MERCATOR_LIMIT_M, MERCATOR_LIMIT_M - y * side
    return {"zoom": zoom, "x0": west, "y0": north - side, "x1": west + side, "y1": north, "margin": side * MARGIN}


def units(edition: Edition, unit: str, where: Box) -> bytes:
    """Return the units of a kind; a feature's only property is `id`, its place in the value matrices."""
    return edition.blob(sql("tile_units"), {**where, "unit": unit})


def reference(edition: Edition, where: Box) -> bytes:
    """Return outlines of countries and admin 1, and names; tiles of several layers are tiles joined end to end."""
    names = edition.blob(sql("tile_names"), {k: v for k, v in where.items() if k != "margin"})
    return edition.blob(sql("tile_outlines"), where) + names


def incidents(edition: Edition, period: str, where: Box) -> bytes:
    """Return the incidents of a month: counts by grid cell in the public tier, places as far as known above it."""
    name = "tile_incident_counts" if edition.tier == Tier.public else "tile_incident_places"
    return edition.blob(sql(name), {**_points(where), "period": f"{period}-01"})


def sites(edition: Edition, where: Box) -> bytes:
    """Return protected sites: counts by grid cell, and places in the confidential tier."""
    name = "tile_site_places" if edition.tier == Tier.confidential else "tile_site_counts"
    return edition.blob(sql(name), _points(where))


def _points(where: Box) -> dict[str, float]:
    return {name: value for name, value in where.items() if name != "zoom"}


def blueprint(current: Current) -> Blueprint:
    """Return the routes under /tiles."""
    routes = Blueprint("tiles", __name__, url_prefix="/tiles/<edition_id>")
    place = "<int:zoom>/<int:x>/<int:y>.mvt"

    @routes.get(f"/<unit>/{place}")
    def unit_tile(edition_id: str, unit: str, zoom: int, x: int, y: int) -> Response:
        edition, where = pinned(current, edition_id), box(zoom, x, y)
        if unit not in UNITS:
            abort(404, "There is no such unit.")
        return immutable(edition, TILE, lambda: units(edition, unit, where))

    @routes.get(f"/reference/{place}")
    def reference_tile(edition_id: str, zoom: int, x: int, y: int) -> Response:
        edition, where = pinned(current, edition_id), box(zoom, x, y)
        return immutable(edition, TILE, lambda: reference(edition, where))

    @routes.get(f"/incidents/<period>/{place}")
    def incident_tile(edition_id: str, period: str, zoom: int, x: int, y: int) -> Response:
        edition, where = pinned(current, edition_id), box(zoom, x, y)
        if period not in edition.periods():
            abort(404, "There is no such month.")
        return immutable(edition, TILE, lambda: incidents(edition, period, where))

    @routes.get(f"/sites/{place}")
    def site_tile(edition_id: str, zoom: int, x: int, y: int) -> Response:
        edition, where = pinned(current, edition_id), box(zoom, x, y)
        return immutable(edition, TILE, lambda: sites(edition, where))

    return routes
