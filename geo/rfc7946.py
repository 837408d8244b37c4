"""GeoJSON as RFC 7946 wants it: degrees without a `crs`, rings wound the right way, cut at the antimeridian.

Butler and others 2016, "The GeoJSON Format", https://www.rfc-editor.org/rfc/rfc7946
"""

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.antimeridian import split
from geo.errors import UsageError

DECIMALS = 7
"""Decimals of degrees written at most, about 1 cm (section 11.2)."""

RESERVED = frozenset({"type", "features", "bbox", "crs", "coordinates", "geometries", "geometry", "properties"})
"""Members that have a meaning of their own and cannot be foreign (sections 4 and 7.1)."""


def feature(
    geometry: BaseGeometry | None,
    properties: Mapping[str, Any],
    id: str | int | None = None,  # noqa: A002  # the member's own name in the RFC
) -> dict[str, Any]:
    """Return one Feature.

    Parameters
    ----------
    geometry
        OGC:CRS84 degrees; longitudes may run on beyond +-180 or jump across. Heights are dropped. Invalid polygons
        are rebuilt from their rings. What is missing, empty or smaller than 1e-7 degrees becomes a null geometry.
    properties
        Column to value. NaN, infinity and missing values become null, dates ISO 8601 text.
    id
        Written as the Feature's `id`; left out when None. It stays in `properties` if it is there too.

    Returns
    -------
    feature
        Plain dicts and lists; `bbox` is there unless the geometry is null.

    Raises
    ------
    UsageError
        When a property has no form in JSON.
    """
    drawn = None if geometry is None else _drawn(geometry)
    out: dict[str, Any] = {"type": "Feature"}
    if id is not None:
        out["id"] = _plain(id)
    if drawn is not None:
        out["bbox"] = _bbox(shapely.bounds(_pieces(drawn)))
    out["geometry"] = None if drawn is None else json.loads(shapely.to_geojson(drawn))
    out["properties"] = _plain(properties)
    return out


def feature_collection(features: Iterable[Mapping[str, Any]], /, **foreign_members: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a FeatureCollection.

    Parameters
    ----------
    features
        From `feature`, kept in their order.
    **foreign_members
        Written beside the features: licence, attribution, time stamp, edition.

    Returns
    -------
    collection
        With the `bbox` of all features: the narrowest that holds them, so that west is greater than east where they
        straddle the antimeridian (section 5.2). No `bbox` when no feature has a geometry.

    Raises
    ------
    UsageError
        When a foreign member bears a name that the RFC gives a meaning, or has no form in JSON.
    """
    if taken := sorted(RESERVED & foreign_members.keys()):
        raise UsageError(f"GeoJSON gives {', '.join(taken)} a meaning of its own; choose other names for your members.")
    listed = list(features)
    out: dict[str, Any] = {"type": "FeatureCollection", **_plain(foreign_members)}
    if boxes := [box for f in listed if "bbox" in f for box in _unfolded(f["bbox"])]:
        out["bbox"] = _bbox(np.array(boxes))
    out["features"] = listed
    return out


def dumps(collection: Mapping[str, Any]) -> str:
    """Return a collection or feature as text.

    Parameters
    ----------
    collection
        From `feature_collection` or `feature`.

    Returns
    -------
    text
        Compact JSON in one line, members in their order, letters of all scripts as they are: the same input gives the
        same text. Write it as UTF-8.

    Raises
    ------
    ValueError
        When a number is NaN or infinite, which `feature` never leaves behind.
    """
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _drawn(geometry: BaseGeometry) -> BaseGeometry | None:
    """Return a geometry as it is to be written, or None when nothing is left of it."""
    # Rounded first: coordinates like 1e-232 make GEOS divide by zero on its way.
    flat = split(shapely.transform(shapely.force_2d(geometry), lambda xy: np.round(xy, DECIMALS)))
    valid = flat if flat.is_valid else shapely.make_valid(flat, method="structure", keep_collapsed=False)
    snapped = shapely.set_precision(valid, 10.0**-DECIMALS)
    unsigned = shapely.transform(snapped, lambda xy: xy + 0.0)  # no "-0.0"
    return None if snapped.is_empty else shapely.orient_polygons(unsigned)


def _pieces(geometry: BaseGeometry) -> NDArray[np.object_]:
    return np.asarray(shapely.get_parts(geometry), dtype=object)


def _unfolded(box: list[float]) -> list[list[float]]:
    """Return a box that straddles the antimeridian as its two halves, any other as it is."""
    west, south, east, north = box
    return [box] if west <= east else [[west, south, 180.0, north], [-180.0, south, east, north]]


def _bbox(boxes: NDArray[np.float64]) -> list[float]:
    """Return the narrowest [west, south, east, north] that holds boxes within +-180; west > east across 180."""
    boxes = boxes[np.argsort(boxes[:, 0])]
    reach = np.maximum.accumulate(boxes[:, 2])
    gaps = boxes[1:, 0] - reach[:-1]
    west, east = boxes[0, 0], reach[-1]
    if gaps.max(initial=0) > 360 - (east - west):
        widest = int(gaps.argmax())
        west, east = boxes[widest + 1, 0], reach[widest]
    return [float(west), float(boxes[:, 1].min()), float(east), float(boxes[:, 3].max())]


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(member) for member in value]
    return None if pd.isna(value) else _plain_scalar(value)


def _plain_scalar(value: Any) -> str | float | None:  # noqa: ANN401
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str | int):
        return value
    raise UsageError(f"{value!r} has no form in JSON; give text, a number, a date or a list of these.")
