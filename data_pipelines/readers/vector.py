"""GeoJSON and zipped shapefiles to rows of text with checked geometries in OGC:CRS84.

GeoJSON is read without GDAL, which leaves out list entries that are not features and gives features with malformed
geometries none, both without an error: of four entries of a small file only one came out whole.
"""

import json
import math
from collections.abc import Callable, Sequence
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
from data_pipelines.readers.rows import DAMAGE, Rows, build, printable, sift
from data_pipelines.readers.shapefile import read_shapefile
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


def read_features(path: Path) -> Features:
    """Read a GeoJSON FeatureCollection or a shapefile in a zip.

    Invalid polygons are repaired (`shapely.make_valid`, polygonal part), and a note tells their area before and after.
    Other coordinate systems are transformed. A shapefile without `.prj` is taken as OGC:CRS84, with a note; GeoJSON
    without `crs` is OGC:CRS84 by RFC 7946.

    Parameters
    ----------
    path
        A local file of any name; what it is, is told by its content.

    Returns
    -------
    Features
        Possibly none; features without a usable geometry are among the rejects of its rows.

    Raises
    ------
    FileRefused
        The file is of another kind, cut off or damaged, or its coordinate system is unknown.
    """
    kind = sniff(path)
    if kind == "geojson":
        return _geojson(path)
    if kind == "zip":
        return _shapefile(path)
    raise FileRefused(f"The file '{path.name}' is a {kind} file; give GeoJSON, or a shapefile in a zip.")


def _geojson(path: Path) -> Features:
    document = load(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FileRefused(f"The GeoJSON '{path.name}' has no list of features; get it again.")
    shapes = [_shape(feature) for feature in features]
    rows, places = _rows(path, [_record(feature) for feature in features], lambda i: _dump(features[i]))
    return _located(rows, _array(shapes)[places], _geojson_crs(path, document.get("crs")))


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
        return shapely.geometry.shape(feature["geometry"])
    except _MALFORMED:
        return None


def _geojson_crs(path: Path, member: Any) -> pyproj.CRS | None:  # noqa: ANN401
    """Return the coordinate system of a `crs` member as GeoJSON had before RFC 7946, None where there is none."""
    if member is None:
        return None
    try:
        return pyproj.CRS.from_user_input(member["properties"]["name"])
    except (CRSError, TypeError, KeyError) as error:
        raise _unknown_crs(path) from error


def _unknown_crs(path: Path) -> FileRefused:
    return FileRefused(f"The coordinate system of '{path.name}' is unknown; export it as OGC:CRS84 (EPSG:4326).")


def _shapefile(path: Path) -> Features:
    shapefile = read_shapefile(path)
    shapes = _array(shapely.from_wkb(shapefile.wkb, on_invalid="ignore").tolist())

    def raw(i: int) -> str:
        return _dump({**shapefile.records[i], "geometry": shapes[i].wkt if shapes[i] else None})

    rows, places = _rows(path, shapefile.records, raw)
    crs, assumed = _shapefile_crs(path, shapefile.prj)
    found = _located(rows, shapes[places], crs)
    return replace(found, notes=shapefile.notes + assumed + found.notes)


def _shapefile_crs(path: Path, prj: str) -> tuple[pyproj.CRS | None, tuple[str, ...]]:
    """Return the coordinate system that a .prj tells, and a note where there is none."""
    if not prj:
        return None, ("The shapefile has no .prj; its coordinates are taken as OGC:CRS84.",)
    try:
        return pyproj.CRS.from_wkt(prj), ()
    except CRSError as error:
        raise _unknown_crs(path) from error


def _array(shapes: Sequence[BaseGeometry | None]) -> Geometries:
    """Return an array of objects; numpy would take a list of multipolygons for a table."""
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


def _located(rows: Rows, shapes: Geometries, crs: pyproj.CRS | None) -> Features:
    """Clean the geometries; rows whose geometry cannot be used become rejects."""
    shapes, notes = cleaned(shapes, crs)
    keep, bad = sift(rows, rules(shapes))
    kept = np.flatnonzero(keep)
    frame = rows.frame[keep].reset_index(drop=True)
    rejects = [*rows.rejects, *bad]
    return Features(
        Rows(frame, rows.lines[keep], rejects, rows.rows_in, lambda i: rows.raw(int(kept[i]))), shapes[keep], notes
    )
