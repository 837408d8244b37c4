"""Cutting geometries at the antimeridian, so that each part lies within +-180 degrees."""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry


def split(geometry: BaseGeometry) -> BaseGeometry:
    """Return the same places with every longitude in [-180, 180], cut where the antimeridian is crossed (RFC 7946).

    Parameters
    ----------
    geometry
        OGC:CRS84 degrees. It may run on beyond +-180, or jump from one side to the other: an edge longer than
        180 degrees is read as the short way round. An edge of exactly 360 degrees is a side of a box round the world
        and stays. A ring that winds round a pole is closed along the pole nearer to it.

    Returns
    -------
    geometry
        The input itself where nothing had to be cut or moved; otherwise of the same dimension, with several
        parts where it was cut. Empty stays empty.
    """
    x = shapely.get_coordinates(geometry)[:, 0]
    if not x.size or (np.abs(x).max() <= 180 and np.abs(np.diff(x)).max(initial=0) <= 180):
        return geometry
    parts = [piece for part in _leaves(geometry) for piece in _split_part(part)]
    return _collect(parts)


def _leaves(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the points, lines and polygons that a geometry consists of, through any nesting."""
    if not hasattr(geometry, "geoms"):
        return [geometry]
    return [leaf for part in geometry.geoms for leaf in _leaves(part)]


def _collect(parts: list[BaseGeometry]) -> BaseGeometry:
    """Return one geometry made of parts: the part alone, a Multi of its kind, or a collection of several kinds."""
    if len(parts) == 1:
        return parts[0]
    kinds = {part.geom_type: getattr(shapely, f"Multi{part.geom_type}") for part in parts}
    return kinds.popitem()[1](parts) if len(kinds) == 1 else shapely.GeometryCollection(parts)


def _split_part(part: BaseGeometry) -> list[BaseGeometry]:
    if isinstance(part, Point):
        return [Point(_wrap(part.x), part.y)]
    if isinstance(part, Polygon):
        return _split_polygon(part)
    return _slices(LineString(_unwrap(shapely.get_coordinates(part))))


def _split_polygon(polygon: Polygon) -> list[BaseGeometry]:
    """Cut the exterior and each hole on its own, so that it does not matter on which side a hole was given."""
    cut, *holes = [shapely.union_all(_slices(_unwrap_ring(ring))) for ring in shapely.get_rings(polygon)]
    for hole in holes:
        cut = cut.difference(hole)
    return [part for part in _leaves(cut) if not part.is_empty]


def _wrap(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def _unwrap(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo jumps over the antimeridian, so that longitudes run on past 180."""
    steps = np.diff(coordinates[:, 0])
    jumps = (np.abs(steps) > 180) & (np.abs(steps) != 360)
    turns = np.where(jumps, -360 * np.sign(steps), 0)
    return np.column_stack([coordinates[:, 0] + np.concatenate([[0], np.cumsum(turns)]), coordinates[:, 1]])


def _unwrap_ring(ring: BaseGeometry) -> Polygon:
    """Return the area a ring encloses in longitudes that run on; one that winds round a pole reaches to it."""
    coordinates = _unwrap(shapely.get_coordinates(ring))
    first, last = coordinates[0], coordinates[-1]
    if first[0] != last[0]:
        pole = math.copysign(90, coordinates[:, 1].mean())
        coordinates = np.vstack([coordinates, [last[0], pole], [first[0], pole]])
    polygon: Any = shapely.make_valid(Polygon(coordinates), method="structure", keep_collapsed=False)
    return polygon


def _slices(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Cut a geometry whose longitudes run on at every odd multiple of 180, and move each slice into +-180."""
    west, _, east, _ = geometry.bounds
    kind = geometry.geom_type.removeprefix("Multi")
    slices = []
    for turn in range(math.floor((west + 180) / 360), math.ceil((east - 180) / 360) + 1):
        window = shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)
        moved = shapely.transform(
            geometry.intersection(window), lambda x, y, west=360 * turn: (x - west, y), interleaved=False
        )
        slices += [part for part in _leaves(moved) if part.geom_type == kind and not part.is_empty]
    return slices
