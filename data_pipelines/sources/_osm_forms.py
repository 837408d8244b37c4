"""The forms in which OpenStreetMap's objects come: features, extracts, answers of Overpass, and tables of nodes."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data_pipelines._source import Raw
from data_pipelines.readers.documents import load
from data_pipelines.readers.extract import read_pbf
from data_pipelines.readers.fields import columns, coordinates
from data_pipelines.readers.geometries import Geometries
from data_pipelines.readers.pbf import published
from data_pipelines.readers.rows import Rows
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.text import read_rows
from data_pipelines.readers.vector import Features, Record, array_of, located, read_features
from data_pipelines.sources._osm_objects import PERSONAL, TAGS, is_wanted, where
from geo.errors import FileRefused

_NAMES = ("name", "name:en")
_LEAST_POINTS = 4
"""Of a closed way, the first and the last being the same."""


class Listed(NamedTuple):
    """The objects of a file.

    `longitude` and `latitude` are in degrees, NaN where there is no place that can be used; `shapes` are the outlines,
    None for a table; `is_all` where every kind was asked for.
    """

    rows: Rows
    longitude: np.ndarray
    latitude: np.ndarray
    shapes: Geometries | None = None
    notes: tuple[str, ...] = ()
    is_all: bool = False
    published: date | None = None


def listed(raw: Raw) -> Listed:
    """Read a file of any form; ways and relations become a point within their outline.

    Raises
    ------
    FileRefused
        It is none of them, cut off, or an answer that Overpass broke off.
    """
    match sniff(raw.path):
        case "geojson" | "zip" | "gpkg":
            return _placed(read_features(raw.path, PERSONAL))
        case "pbf":
            return _extract(raw)
        case "json":
            document = load(raw.path)
            if isinstance(document, dict) and isinstance(document.get("elements"), list):
                return _overpass(raw, document)
    rows = read_rows(raw.path)
    text = columns(raw.path, rows.frame, {"latitude": ["latitude"], "longitude": ["longitude"]})
    places = coordinates(text["latitude"], text["longitude"])
    return Listed(rows, places.longitude, places.latitude)


def _placed(features: Features) -> Listed:
    points = shapely.point_on_surface(features.geometries)
    x, y = shapely.get_x(points), shapely.get_y(points)
    nowhere = (x == 0) & (y == 0)
    return Listed(
        features.rows, np.where(nowhere, np.nan, x), np.where(nowhere, np.nan, y), features.geometries, features.notes
    )


def _extract(raw: Raw) -> Listed:
    """Read the sites of an extract; its other objects are not counted as records."""
    layer = read_pbf(raw.path, (*_NAMES, *(tag for each in TAGS for tag in each.names)), where())
    shapes = array_of(shapely.from_wkb(layer.wkb, on_invalid="ignore").tolist())
    features = located(raw.path, layer.records, shapes, lambda i: _dump(layer.records[i]))
    found = _placed(features)
    return found._replace(notes=(*layer.notes, *found.notes), is_all=True, published=published(raw.path))


def _overpass(raw: Raw, document: Mapping[str, Any]) -> Listed:
    """Read an answer of Overpass; objects that bear no tag of a site are the corners of others, and no records."""
    if "remark" in document:
        said = " ".join(str(document["remark"]).split())[:200].rstrip(".")
        raise FileRefused(f"Overpass broke off '{raw.path.name}': {said}.")
    elements = document["elements"]
    nodes = [e for e in elements if isinstance(e, dict) and isinstance(e.get("id"), int) and {"lon", "lat"} <= e.keys()]
    corners = {node["id"]: _at(node) for node in nodes}
    sites = [e for e in elements if not isinstance(e, dict) or is_wanted(_tags(e))]
    shapes = array_of([_shape(element, corners) for element in sites])
    features = located(raw.path, [_record(e) for e in sites], shapes, lambda i: _dump(_impersonal(sites[i])))
    return _placed(features)._replace(is_all=True, published=up_to(document))


def up_to(document: Mapping[str, Any]) -> date | None:
    """Return the day up to which an answer of Overpass holds edits, None where it does not tell."""
    about = document.get("osm3s")
    moment = about.get("timestamp_osm_base") if isinstance(about, dict) else None
    try:
        return datetime.fromisoformat(str(moment)).date()
    except ValueError:
        return None


def _tags(element: Any) -> Mapping[str, Any]:  # noqa: ANN401 (a JSON value is anything)
    tags = element.get("tags") if isinstance(element, dict) else None
    return {key: text for key, text in tags.items() if isinstance(text, str)} if isinstance(tags, dict) else {}


def _record(element: Any) -> Record:  # noqa: ANN401
    """Return an element's id and the tags that are read; None for what is no element."""
    if not isinstance(element, dict):
        return None
    tags = _tags(element)
    read = {tag: tags.get(tag) for tag in (*_NAMES, *(name for each in TAGS for name in each.names))}
    return {"@id": f"{element.get('type')}/{element.get('id')}", **read}


def _impersonal(element: Any) -> Any:  # noqa: ANN401
    """Return an element without what names or reaches a person."""
    if not isinstance(element, dict):
        return element
    tags = {key: value for key, value in _tags(element).items() if key not in PERSONAL}
    return {**{key: value for key, value in element.items() if key not in PERSONAL}, "tags": tags}


def _shape(element: Any, corners: Mapping[Any, Any]) -> BaseGeometry | None:  # noqa: ANN401
    """Return an element's outline where the answer has it, else its centre; None where it has neither."""
    try:
        with np.errstate(all="ignore"):  # coordinates that are not finite are told as such later
            lines = _lines(element, corners)
            outline = shapely.build_area(shapely.MultiLineString(lines)) if lines else shapely.Polygon()
            return outline if not outline.is_empty else _centre(element)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        return None


def _lines(element: Mapping[str, Any], corners: Mapping[Any, Any]) -> list[list[tuple[float, float]]]:
    """Return the lines that enclose an element; the way itself, or the member ways of a relation."""
    members = [m for m in element.get("members", []) if m.get("type") == "way"]
    parts = members if element["type"] == "relation" else [element]
    lines = [
        [_at(point) for point in part["geometry"] if point]
        if part.get("geometry")
        else [corners[number] for number in part.get("nodes", []) if number in corners]
        for part in parts
    ]
    is_way = element["type"] == "way"
    return [line for line in lines if len(line) >= (_LEAST_POINTS if is_way else 2)]


def _centre(element: Mapping[str, Any]) -> BaseGeometry | None:
    """Return the point that stands for an element: itself, its centre, or the middle of its bounds."""
    if "center" in element:
        return shapely.Point(_at(element["center"]))
    if "bounds" in element:
        box = element["bounds"]
        return shapely.Point((box["minlon"] + box["maxlon"]) / 2, (box["minlat"] + box["maxlat"]) / 2)
    return shapely.Point(_at(element)) if "lat" in element else None


def _at(point: Mapping[str, Any]) -> tuple[float, float]:
    return point["lon"], point["lat"]


def _dump(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
