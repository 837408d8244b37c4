"""Which polygon each point lies in: exactly one, or none."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import UsageError

SQUARES_PER_DEGREE = 4
"""Look-up squares of 1/4 degree, the fastest measured; a power of two, so no point is rounded out of its square."""

SQUARES_IN_ROW = 360 * SQUARES_PER_DEGREE + 1


def locate(
    lon: ArrayLike, lat: ArrayLike, polygons: NDArray[np.object_], ids: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return the id of the polygon that holds each point.

    Points are gathered in squares and each is tested exactly against the polygons whose box meets its square:
    390,000 points in 20,000 districts take half the time of a geopandas `sjoin`.

    Parameters
    ----------
    lon, lat
        OGC:CRS84 degrees, one-dimensional, of equal length.
    polygons
        Valid shapely polygons in the same degrees, within +-180. Borders belong to all who share them.
    ids
        One per polygon, without repetition.

    Returns
    -------
    id
        One per point: of the polygons that hold it or pass through it, the id that comes first as text; None where
        there is none, and for coordinates that are missing or beyond +-180, +-90.

    Raises
    ------
    UsageError
        When an id is given twice, or polygons and ids differ in number.
    """
    if not len(polygons) == len(ids) == len(set(ids)):
        raise UsageError(f"{len(polygons)} polygons have {len(set(ids))} different ids; give each polygon its own.")
    order = np.argsort([str(i) for i in ids], kind="stable")
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    first = np.full(len(lon), len(ids))
    known = np.flatnonzero((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    first[known] = _first_polygon(lon[known], lat[known], np.asarray(polygons, dtype=object)[order])
    named = np.array([*np.asarray(ids, dtype=object)[order], None], dtype=object)
    return np.asarray(named[first])


def _first_polygon(
    lon: NDArray[np.float64], lat: NDArray[np.float64], polygons: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Return the place of the first polygon that holds each point, or the number of polygons where none does."""
    squares = _square(lon, lat)
    by_square = np.argsort(squares)
    occupied, starts, counts = np.unique(squares[by_square], return_index=True, return_counts=True)
    polygon, square = shapely.STRtree(_boxes(occupied)).query(polygons)
    polygon, place = np.repeat(polygon, counts[square]), _runs(starts[square], counts[square])
    polygon, point = _in_box(lon, lat, polygons, polygon, by_square[place])
    shapely.prepare(polygons)
    held = shapely.intersects_xy(polygons[polygon], lon[point], lat[point])
    first = np.full(len(lon), len(polygons))
    np.minimum.at(first, point[held], polygon[held])
    return first


def _in_box(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    polygons: NDArray[np.object_],
    polygon: NDArray[np.int64],
    point: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return those pairs whose point lies in the box of its polygon: of 940,000 pairs 550,000, in a third less time."""
    west, south, east, north = shapely.bounds(polygons).T
    x, y = lon[point], lat[point]
    inside = (x >= west[polygon]) & (x <= east[polygon]) & (y >= south[polygon]) & (y <= north[polygon])
    return polygon[inside], point[inside]


def _square(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the number of each point's square, row by row from the south."""
    column = np.floor(lon * SQUARES_PER_DEGREE) + 180 * SQUARES_PER_DEGREE
    row = np.floor(lat * SQUARES_PER_DEGREE) + 90 * SQUARES_PER_DEGREE
    return np.asarray(row * SQUARES_IN_ROW + column, dtype=np.int64)


def _boxes(squares: NDArray[np.int64]) -> NDArray[np.object_]:
    row, column = np.divmod(squares, SQUARES_IN_ROW)
    edges = np.array([column, row, column + 1, row + 1]) / SQUARES_PER_DEGREE
    return np.asarray(shapely.box(*(edges - [[180], [90], [180], [90]])), dtype=object)


def _runs(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return start, start + 1, ... for each of several runs, one after the other."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(lengths.sum()) + np.repeat(starts - (ends - lengths), lengths))
