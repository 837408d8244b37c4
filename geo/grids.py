"""PRIO-GRID: half-degree cells over the whole world, numbered from 1 in the south-west corner, row by row.

Tollefsen, Strand and Buhaug 2012, "PRIO-GRID: A unified spatial data structure", Journal of Peace Research 49(2).
"""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import UsageError

COLUMNS, ROWS = 720, 360


def cell_id(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int64]:
    """Return the PRIO-GRID number of the cell that holds each point.

    Parameters
    ----------
    lon, lat
        OGC:CRS84 degrees, of equal shape. A cell holds its western and southern edge; longitude 180 and latitude 90
        belong to the last column and row.

    Returns
    -------
    gid
        1 to 259,200, shaped as the input.

    Raises
    ------
    UsageError
        When a coordinate is not a number within +-180 and +-90.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    outside = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if outside.any():
        raise UsageError(f"{outside.sum()} points lie outside +-180, +-90 degrees; place them before asking for cells.")
    # Doubling is exact in binary, while adding 180 first would round -1e-17 across the edge at 0.
    column = np.minimum(np.floor(lon * 2) + COLUMNS // 2, COLUMNS - 1)
    row = np.minimum(np.floor(lat * 2) + ROWS // 2, ROWS - 1)
    return np.asarray(row * COLUMNS + column + 1, dtype=np.int64)


def cell_bounds(gid: ArrayLike) -> NDArray[np.float64]:
    """Return the edges of cells.

    Parameters
    ----------
    gid
        PRIO-GRID numbers, 1 to 259,200, of any shape.

    Returns
    -------
    bounds
        west, south, east, north in OGC:CRS84 degrees, along a last axis of 4.

    Raises
    ------
    UsageError
        When a number is not a cell.
    """
    gid = np.asarray(gid, dtype=np.int64)
    if ((gid < 1) | (gid > ROWS * COLUMNS)).any():
        raise UsageError(f"PRIO-GRID has cells 1 to {ROWS * COLUMNS}; the numbers run from {gid.min()} to {gid.max()}.")
    row, column = np.divmod(gid - 1, COLUMNS)
    west, south = column / 2 - 180, row / 2 - 90
    return np.stack([west, south, west + 0.5, south + 0.5], axis=-1)


def cell_polygon(gid: ArrayLike) -> NDArray[np.object_]:
    """Return cells as polygons.

    Parameters
    ----------
    gid
        PRIO-GRID numbers, 1 to 259,200, of any shape.

    Returns
    -------
    polygons
        shapely boxes in OGC:CRS84 degrees, shaped as `gid`.

    Raises
    ------
    UsageError
        When a number is not a cell.
    """
    west, south, east, north = np.moveaxis(cell_bounds(gid), -1, 0)
    return np.asarray(shapely.box(west, south, east, north), dtype=object)
