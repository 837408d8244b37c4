"""How far PRIO-GRID cells are from each other, between their nearest points on the ellipsoid, up to a limit."""

from collections.abc import Iterator

import numpy as np

from geo.geodesy import distance_m
from geo.grids import COLUMNS, ROWS
from geo.nearby import Floats, Ints, Near, joined


def cells_nearby(gid: Ints, within_m: float) -> Near:
    """Return the distances of PRIO-GRID cells to all others nearby.

    Parameters
    ----------
    gid
        PRIO-GRID numbers, 1 to 259,200, each once.
    within_m
        How far is nearby: metres on the ellipsoid, inclusive.

    Returns
    -------
    Near
        Places in `gid`, both ways, in order of one then other. The distance is that between the nearest points of the
        whole squares, also where only a part of one is land, and 0 where they touch in an edge or a corner.
    """
    row, column = np.divmod(np.asarray(gid, dtype=np.int64) - 1, COLUMNS)
    place = np.full((ROWS, COLUMNS), -1)
    place[row, column] = np.arange(len(row))
    tables = [Near(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for north, east, gap_m in _offsets(np.unique(row), within_m):
        # of two cells of a row that are half the globe apart, each is the other's: once is enough
        once = (north > 0) | (east < COLUMNS // 2) | (column < COLUMNS // 2)
        one = np.flatnonzero((gap_m <= within_m)[row] & once)
        other = place[row[one] + north, (column[one] + east) % COLUMNS]
        one, other = one[other >= 0], other[other >= 0]
        dist_m = gap_m[row[one]]
        tables += [Near(one, other, dist_m), Near(other, one, dist_m)]
    return joined(tables)


def _offsets(rows: Ints, within_m: float) -> Iterator[tuple[int, int, Floats]]:
    """Yield the rows and columns between cells that may be near, each pair of cells once, and the gap by lower row."""
    for north in range(ROWS):
        rows = rows[rows + north < ROWS]
        for columns in range(COLUMNS // 2 + 1):
            gap_m = np.full(ROWS, np.inf)
            gap_m[rows] = _gap_m(rows, north, columns)
            if not (gap_m <= within_m).any():
                break
            both = north > 0 and 0 < columns < COLUMNS // 2
            for east in (columns, -columns) if both else (columns,):
                if north or east:
                    yield north, east, gap_m
        if not columns:
            return


def _gap_m(row: Ints, north: int, columns: int) -> Floats:
    """Return the metres between a cell of each row and one some rows further north and some columns further on.

    In the north the lower cell's nearest point is its upper corner, and the upper cell's is where its side is met by
    the perpendicular from there, or the end of the side nearest to that place; the south is the mirror image.
    """
    row = np.maximum(row, ROWS - 1 - row - north)
    corner, side = (row + 1) / 2 - 90, (row + north) / 2 - 90
    turn = max(columns - 1, 0) / 2
    phi, lam = np.radians(corner), np.radians(turn)
    foot = np.degrees(np.arctan2(np.sin(phi), np.cos(phi) * np.cos(lam)))
    return distance_m(0, corner, turn, np.clip(foot, side, np.minimum(side + 0.5, 90)))
