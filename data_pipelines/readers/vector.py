"""GeoJSON, GeoPackages and zipped shapefiles to rows of text with checked geometries in OGC:CRS84.

GeoJSON is read without GDAL, which leaves out list entries that are not features and gives features with malformed
geometries none, both without an error: of four entries of a small file only one came out whole.
"""

import json
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from data_pipelines._source import Reject
from data_pipelines.readers.documents import load
from data_pipelines.readers.geometries import Geometries, cleaned, rules
from data_pipelines.readers.geopackage import read_geopackage
from data_pipelines.readers.rows import DAMAGE, Rows, build, printable, sift
from data_pipelines.readers.shapefile import Layer, read_shapefile
from data_pipelines.readers.sniff import sniff
from geo.errors import FileRefused

_MALFORMED = (AttributeError, TypeError, ValueError, KeyError, IndexError, RecursionError, shapely.errors.ShapelyError)
Record = dict[str, Any] | None
"""The properties of a feature; None for what is not a feature."""


@dataclass(frozen=True)
class Features:
    """The features of one file.

    Attributes
    ----------
    rows
        Properties as text, one row per accepted feature; lines are numbers of features, from 1. A nested object is
        spread over columns, and a feature's own id is column ``id``.
    geometries
        One shapely geometry per row, OGC:CRS84 degrees without heights: never empty, every coordinate finite and
        within +-180 and +-90, polygons valid and cut at the antimeridian.
    notes
        Sentences on what was changed or assumed.
    """

    rows: Rows
    geometries: Geometries
    notes: tuple[str, ...]


def read_features(path: Path, without: Collection[str] = ()) -> Features:
    """Read a GeoJSON FeatureCollection (or several, as the pages of an answer), a GeoPackage, or a shapefile in a zip.

    Invalid polygons are repaired (`shapely.make_valid`, polygonal part), and a note tells their area before and after.
    Other coordinate systems are transformed. A shapefile without `.prj` is taken as OGC:CRS84, with a note; GeoJSON
    without `crs` is OGC:CRS84 by RFC 7946.

    Parameters
    ----------
    path
        A local file of any name; what it is, is told by its content.
    without
        Names of properties that are never taken in, not even into the raw text of a reject.

    Returns
    -------
    Features
        Possibly none; features without a usable geometry are among the rejects of its rows.

    Raises
    ------
    FileRefused
        The file is of another kind, cut off or damaged, or its coordinate system is unknown.
    """
    match sniff(path):
        case "geojson":
            return collected(path, load(path), without)
        case "zip":
            return _of_layer(path, read_shapefile(path), without)
        case "gpkg":
            return _of_layer(path, read_geopackage(path), without)
        case kind:
            raise FileRefused(
                f"The file '{path.name}' is a {kind} file; give GeoJSON, a GeoPackage, or a shapefile in a zip."
            )


def collected(path: Path, document: Any, without: Collection[str] = ()) -> Features:  # noqa: ANN401 (a JSON value)
    """Return the features of a GeoJSON document; see `read_features`.

    Parameters
    ----------
    path
        Where it is from, for messages.
    document
        A FeatureCollection, or an object that holds several under ``pages``, which are read as one.
    without
        As for `read_features`.
    """
    pages = document["pages"] if isinstance(document, dict) and isinstance(document.get("pages"), list) else [document]
    features = [_without(feature, without) for page in pages for feature in _features(path, page)]
    shapes = array_of([_shape(feature) for feature in features])
    return located(
        path, [_record(feature) for feature in features], shapes, lambda i: _dump(features[i]), _one_crs(path, pages)
    )


def _features(path: Path, collection: Any) -> list[Any]:  # noqa: ANN401
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise FileRefused(f"The GeoJSON '{path.name}' has no list of features; get it again.")
    return features


def _without(value: Any, names: Collection[str]) -> Any:  # noqa: ANN401
    """Return a JSON value without the members of these names, at any depth of objects."""
    if not names or not isinstance(value, dict):
        return value
    return {key: _without(member, names) for key, member in value.items() if key not in names}


def _record(feature: Any) -> Record:  # noqa: ANN401 (a JSON value is anything)
    """Return a feature's properties, nested objects spread, with its id."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return None
    nested = [value for value in properties.values() if isinstance(value, dict)]
    flat = {key: value for value in nested for key, value in value.items()}
    identity = {"id": feature["id"]} if "id" in feature else {}
    return {**identity, **flat, **{k: v for k, v in properties.items() if not isinstance(v, dict)}}


def _shape(feature: Any) -> BaseGeometry | None:  # noqa: ANN401
    """Return a feature's geometry, None where it has none or a malformed one."""
    try:
        with np.errstate(all="ignore"):  # coordinates that are not finite are told as such later
            return shapely.geometry.shape(feature["geometry"])
    except _MALFORMED:
        return None


def _one_crs(path: Path, collections: Sequence[Any]) -> pyproj.CRS | None:
    """Return the coordinate system of a `crs` member as GeoJSON had before RFC 7946, None where there is none."""
    members = {_dump(page["crs"]): page["crs"] for page in collections if page.get("crs") is not None}
    if not members:
        return None
    try:
        (member,) = members.values()
        return pyproj.CRS.from_user_input(member["properties"]["name"])
    except (CRSError, TypeError, KeyError, ValueError) as error:
        raise _unknown_crs(path) from error


def _unknown_crs(path: Path) -> FileRefused:
    return FileRefused(f"The coordinate system of '{path.name}' is unknown; export it as OGC:CRS84 (EPSG:4326).")


def _of_layer(path: Path, layer: Layer, without: Collection[str]) -> Features:
    """Return the features of a shapefile or GeoPackage."""
    shapes = array_of(shapely.from_wkb(layer.wkb, on_invalid="ignore").tolist())
    records = [_without(record, without) for record in layer.records]

    def raw(i: int) -> str:
        return _dump({**records[i], "geometry": shapes[i].wkt if shapes[i] else None})

    crs, assumed = _layer_crs(path, layer.crs)
    found = located(path, records, shapes, raw, crs)
    return replace(found, notes=layer.notes + assumed + found.notes)


def _layer_crs(path: Path, told: str) -> tuple[pyproj.CRS | None, tuple[str, ...]]:
    """Return the coordinate system that a layer tells, and a note where it tells none."""
    if not told:
        return None, ("It tells no coordinate system (.prj); its coordinates are taken as OGC:CRS84.",)
    try:
        return pyproj.CRS.from_user_input(told), ()
    except CRSError as error:
        raise _unknown_crs(path) from error


def array_of(shapes: Sequence[BaseGeometry | None]) -> Geometries:
    """Return geometries as an array of objects; numpy would take a list of multipolygons for a table."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _rows(path: Path, records: Sequence[Record], raw: Callable[[int], str]) -> tuple[Rows, np.ndarray]:
    """Return rows over the union of all properties, and the place in the file of each, from 0."""
    header = list(dict.fromkeys(key for record in records for key in record or {}))
    if (records and not header) or DAMAGE.search("".join(header)):
        raise FileRefused(
            f"The features of '{path.name}' have no readable properties; get the file with its attributes."
        )
    good: list[int] = []
    cells, rejects = [], []
    for i, record in enumerate(records):
        texts = [_text((record or {}).get(key)) for key in header]
        rule, reason = _fault(record, texts)
        if rule:
            rejects.append(Reject(i + 1, rule, reason, printable(raw(i))))
        else:
            good.append(i)
            cells.append(texts)
    rows = build(header, cells, [i + 1 for i in good], rejects, lambda i: raw(good[i]))
    return rows, np.array(good, dtype=np.int64)


def _fault(record: Record, texts: Sequence[str | None]) -> tuple[str, str]:
    """Return rule and reason where a record cannot be a row, else two empty texts."""
    if record is None:
        return "not_a_feature", "it is not a GeoJSON feature"
    if DAMAGE.search("".join(filter(None, texts))):
        return "bytes", "it holds NUL or bytes that are not UTF-8"
    return "", ""


def _text(value: Any) -> str | None:  # noqa: ANN401
    """Return a value as text: whole numbers without a point, so that ids kept as floats stay ids."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return _dump(value)


def _dump(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def located(
    path: Path,
    records: Sequence[Record],
    shapes: Geometries,
    raw: Callable[[int], str],
    crs: pyproj.CRS | None = None,
) -> Features:
    """Return features from their properties and geometries, one for one, as `read_features` does.

    Parameters
    ----------
    path
        Where they are from, for messages.
    records
        Properties; None for what is not a feature.
    shapes
        Geometries in `crs` (None: OGC:CRS84), None where there is none.
    raw
        Number of a record, from 0, to its own text.
    """
    rows, places = _rows(path, records, raw)
    shapes, notes = cleaned(shapes[places], crs)
    keep, bad = sift(rows, rules(shapes))
    kept = np.flatnonzero(keep)
    frame = rows.frame[keep].reset_index(drop=True)
    rejects = [*rows.rejects, *bad]
    return Features(
        Rows(frame, rows.lines[keep], rejects, rows.rows_in, lambda i: rows.raw(int(kept[i]))), shapes[keep], notes
    )
