"""The two coordinate systems of Forewatch: degrees at rest, metres on the screen; longitude always comes first."""

import math
from functools import cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import network

CRS84 = "OGC:CRS84"
"""WGS84 degrees, longitude first: every geometry and coordinate at rest."""

MERCATOR = "EPSG:3857"
"""Web Mercator metres: tiles and screens only, never distances or areas."""

MERCATOR_LIMIT_M = math.pi * 6_378_137.0
"""Half the side of the Mercator square."""

MERCATOR_LIMIT_DEG = math.degrees(math.atan(math.sinh(math.pi)))
"""Latitude at which the Mercator square ends, 85.0511 degrees."""

# A map must not depend on grid files fetched while it is drawn.
network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # public, but re-exported without __all__


@cache
def _crs84_to_mercator() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(CRS84, MERCATOR, always_xy=True)


def to_mercator(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project degrees to Web Mercator, clamped to its square.

    Parameters
    ----------
    lon, lat
        OGC:CRS84 degrees, of equal shape. What lies outside +-180 or +-85.0511 is drawn on the edge of the square.

    Returns
    -------
    x, y
        EPSG:3857 metres in +-20,037,508.34, shaped as the input; NaN where the input is NaN.
    """
    lon = np.clip(np.asarray(lon, dtype=np.float64), -180.0, 180.0)  # PROJ would wrap 181 round to the other edge
    lat = np.clip(np.asarray(lat, dtype=np.float64), -MERCATOR_LIMIT_DEG, MERCATOR_LIMIT_DEG)
    x, y = _crs84_to_mercator().transform(lon, lat)
    return np.clip(x, -MERCATOR_LIMIT_M, MERCATOR_LIMIT_M), np.clip(y, -MERCATOR_LIMIT_M, MERCATOR_LIMIT_M)


def geometries_to_mercator(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Project geometries from OGC:CRS84 to EPSG:3857, each vertex as `to_mercator` does.

    Parameters
    ----------
    geometries
        shapely geometries in degrees; None and empty ones stay as they are.

    Returns
    -------
    geometries
        In metres, one per input, without heights. A shape that reaches beyond 85.0511 degrees is flattened
        onto the edge of the square and may be invalid there.
    """
    projected: Any = shapely.transform(shapely.force_2d(geometries), to_mercator, interleaved=False)
    return np.asarray(projected, dtype=object)
