"""Geometries from outside: into OGC:CRS84, cut at the antimeridian, repaired, and what cannot be used told apart."""

from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from data_pipelines.readers.rows import Rule
from geo.antimeridian import split
from geo.crs import CRS84
from geo.errors import FileRefused
from geo.geodesy import area_km2

Geometries = NDArray[np.object_]
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def is_area(shapes: Geometries) -> np.ndarray:
    """Return a mask of the polygons and multipolygons."""
    return np.isin(shapely.get_type_id(shapes), _AREAS)


def cleaned(shapes: Geometries, crs: pyproj.CRS | None) -> tuple[Geometries, tuple[str, ...]]:
    """Bring geometries into the form in which they are kept at rest.

    Parameters
    ----------
    shapes
        shapely geometries, None where there is none.
    crs
        Their coordinate system; None for OGC:CRS84.

    Returns
    -------
    shapes, notes
        In OGC:CRS84 degrees without heights, polygons cut at the antimeridian and valid, one per input; sentences on
        what was transformed and repaired. What `rules` rejects is left as it was.

    Raises
    ------
    FileRefused
        PROJ knows no way from `crs` to OGC:CRS84.
    """
    flat = np.asarray(shapely.force_2d(shapes), dtype=object)
    whole = _applied(flat, _has_empty_part(flat), shapely.remove_repeated_points)
    moved, transformed = _in_crs84(whole, crs)
    # Polygons may be given in longitudes up to 360, or jump from one side to the other.
    cut = _applied(moved, is_area(moved) & ~_is_beyond(moved, 360), split)
    valid, repaired = _valid(cut)
    return valid, transformed + repaired


def rules(shapes: Geometries) -> list[Rule]:
    """Return the rules that a geometry at rest must not break."""
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return [
        ("geometry", "it has no geometry, or an empty or malformed one", absent),
        ("coordinates", "its coordinates are not finite or beyond +-180, +-90 degrees", _is_beyond(shapes, 180)),
    ]


def _in_crs84(shapes: Geometries, crs: pyproj.CRS | None) -> tuple[Geometries, tuple[str, ...]]:
    """Transform geometries where their coordinate system is another one than OGC:CRS84."""
    if crs is None or crs.equals(CRS84, ignore_axis_order=True):
        return shapes, ()
    try:
        project = pyproj.Transformer.from_crs(crs, CRS84, always_xy=True).transform
        moved = np.asarray(shapely.transform(shapes, project, interleaved=False), dtype=object)
    except ProjError as error:
        raise FileRefused(f"Coordinates in {crs.name} cannot be transformed; export them as OGC:CRS84.") from error
    return moved, (f"Coordinates were transformed from {crs.name} to OGC:CRS84.",)


def _has_empty_part(shapes: Geometries) -> np.ndarray:
    """Return which polygons have a ring or a part without points, of which `shapely.segmentize` ends the process.

    They are valid all the same; `shapely.remove_repeated_points` leaves such parts out.
    """
    areas = np.flatnonzero(is_area(shapes))
    parts, owner = shapely.get_parts(shapes[areas], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    found = np.zeros(len(shapes), dtype=bool)
    found[areas[owner[shapely.is_empty(parts)]]] = True
    found[areas[owner[part[shapely.is_empty(rings)]]]] = True
    return found


def areas_km2(shapes: Geometries) -> np.ndarray:
    """Return the area of each polygon in square kilometres on the ellipsoid, NaN for what is none."""
    polygons = shapes.copy()
    polygons[~is_area(shapes)] = None
    return area_km2(polygons)


def _valid(shapes: Geometries) -> tuple[Geometries, tuple[str, ...]]:
    """Repair invalid polygons; return a note on how much that changed."""
    broken = is_area(shapes) & ~_is_beyond(shapes, 180) & ~shapely.is_valid(shapes)
    if not broken.any():
        return shapes, ()
    repaired = _applied(shapes, broken, _made_valid)
    before, after = area_km2(shapes[broken]).sum(), area_km2(repaired[broken]).sum()
    sentence = f"{broken.sum()} invalid polygons were repaired, {before:,.1f} km2 before and {after:,.1f} km2 after."
    return repaired, (sentence,)


def _made_valid(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygonal part of a repaired polygon; empty where nothing of it is an area."""
    valid: BaseGeometry = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return valid


def _applied(shapes: Geometries, mask: np.ndarray, change: Callable[[BaseGeometry], BaseGeometry]) -> Geometries:
    """Return a copy in which the geometries under a mask are changed."""
    changed = shapes.copy()
    for i in np.flatnonzero(mask):
        changed[i] = change(shapes[i])
    return changed


def _is_beyond(shapes: Geometries, longitude: float) -> np.ndarray:
    """Return which geometries have a coordinate that is not finite, or beyond a longitude or +-90."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = ~((np.abs(points[:, 0]) <= longitude) & (np.abs(points[:, 1]) <= 90))
    return np.bincount(owner, weights=bad, minlength=len(shapes)) > 0
