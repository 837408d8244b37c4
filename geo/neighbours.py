"""Which polygons touch: queen contiguity."""

import numpy as np
import shapely
from numpy.typing import NDArray

TOLERANCE_DEG = 1e-6
"""About 11 cm: closes the gaps of borders that were digitised twice, and is far below any real strip of land."""


def queen(
    geometries: NDArray[np.object_], tolerance_deg: float = TOLERANCE_DEG
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of polygons that overlap or touch in an edge or a corner.

    Parameters
    ----------
    geometries
        Valid polygons in OGC:CRS84 degrees, within +-180. Those that meet at the antimeridian are neighbours.
    tolerance_deg
        Polygons at most this far apart count as touching.

    Returns
    -------
    i, j
        Places in `geometries`, i != j, each pair in both directions, in order of i then j. None and empty
        geometries have no neighbours.
    """
    geometries = np.asarray(geometries, dtype=object)
    i, j = shapely.STRtree(geometries).query(geometries, predicate="dwithin", distance=tolerance_deg)
    across_i, across_j = _across_antimeridian(geometries, tolerance_deg)
    pairs = np.column_stack([np.concatenate([i, across_i, across_j]), np.concatenate([j, across_j, across_i])])
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int64), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _across_antimeridian(
    geometries: NDArray[np.object_], tolerance_deg: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of a polygon at the western edge of the map and one at its eastern edge that meet there."""
    bounds = shapely.bounds(geometries)
    west = np.flatnonzero(bounds[:, 0] <= -180 + tolerance_deg)
    east = np.flatnonzero(bounds[:, 2] >= 180 - tolerance_deg)
    moved = shapely.transform(geometries[west], lambda x, y: (x + 360, y), interleaved=False)
    i, j = shapely.STRtree(geometries[east]).query(moved, predicate="dwithin", distance=tolerance_deg)
    return west[i], east[j]
