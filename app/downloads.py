"""What can be taken away from the map: the layer as GeoJSON, and the briefing map drawn on the server."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, abort, request

from app.pinned import Current, judged, pinned
from data_pipelines.edition import Edition
from data_pipelines.tables import UNITS
from layers._layer import layers

GEOJSON = "application/geo+json"
PICTURES = {"png": "image/png", "pdf": "application/pdf"}


def blueprint(current: Current) -> Blueprint:
    """Return the routes under /download and /picture."""
    routes = Blueprint("downloads", __name__)
    what = "<edition_id>/<layer_id>/<unit>/<period>"

    @routes.get(f"/download/{what}.geojson")
    def geojson(edition_id: str, layer_id: str, unit: str, period: str) -> Response:
        edition = _found(current, edition_id, layer_id, unit, period)
        answer = judged(edition, GEOJSON, lambda: _exported(edition, layer_id, unit, period))
        return _named(answer, f"{layer_id}_{unit}_{period}_{edition.id}.geojson")

    @routes.get(f"/picture/{what}.<any(png, pdf):kind>")
    def picture(edition_id: str, layer_id: str, unit: str, period: str, kind: str) -> Response:
        from app.briefing import PAGES, draw  # noqa: PLC0415 - matplotlib takes a second, which the first map need not wait

        edition = _found(current, edition_id, layer_id, unit, period)
        page = request.args.get("page", "a4")
        if page not in PAGES:
            abort(404, f"There is no such page; there are {', '.join(PAGES)}.")
        answer = judged(edition, PICTURES[kind], lambda: draw(edition, layer_id, unit, period, page=page, format=kind))
        # The United Nations' order: catalogue number, short name, paper, day of production.
        day = str(edition.manifest["built_at"])[:10].replace("-", "")
        paper = page.replace(":", "x")
        return _named(answer, f"{edition.id}_{layer_id}_{unit}_{period}_{paper}_{day}.{kind}")

    return routes


def _found(current: Current, edition_id: str, layer_id: str, unit: str, period: str) -> Edition:
    edition = pinned(current, edition_id)
    if layer_id not in layers() or unit not in UNITS or period not in edition.periods():
        abort(404, "There is no such layer, unit or month in this edition.")
    return edition


def _exported(edition: Edition, layer_id: str, unit: str, period: str) -> bytes:
    from app.exports import write_export  # noqa: PLC0415 - geopandas takes a second, which the first map need not wait

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "layer.geojson"
        write_export(edition, layer_id, "geojson", out, unit=unit, period=period)
        return out.read_bytes()


def _named(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
