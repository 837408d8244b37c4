"""People near places in a window of months, each counted once: for places that are known, or drawn.

The land is covered with points 0.0125 degree apart, 16 in each square of 0.05 degree, and the people of a square live
at its points in equal parts. A point within the radius of several places counts once, so circles are united.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.raster import square_id
from geo.support import SQUARE_DEG, Atoms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIDE = 4  # points along the side of a square: 1.4 km apart; that a drawn place is anywhere averages their steps out
STEP_DEG = SQUARE_DEG / SIDE
COLUMNS = round(360 / STEP_DEG)
LEAST_NORTH_M = 110_574  # of a degree of latitude, at the equator
AT_ONCE = 500_000  # points looked at: 4 MB a matrix
NOBODY = 1e-6  # persons: what is left of a difference of sums


@dataclass(frozen=True)
class Ground:
    """Squares with people, in order of number, and persons at each of their points, squares x units."""

    square: Ints
    living: sparse.csr_array

    @property
    def n_points(self) -> int:
        """How many points there are."""
        return SIDE**2 * len(self.square)


def ground(atoms: Atoms, units: sparse.csr_array) -> Ground:
    """Return the squares that atoms lie in and who lives there; `units` is atoms x units, persons are known."""
    number = square_id(atoms.longitude, atoms.latitude, SQUARE_DEG)
    square, at = np.unique(number, return_inverse=True)
    entries = atoms.persons / SIDE**2, (at, np.arange(len(atoms)))
    return Ground(square, sparse.csr_array(sparse.csr_array(entries, shape=(len(square), len(atoms))) @ units))


def points_near(on: Ground, longitude: Floats, latitude: Floats, radius_m: float) -> tuple[Ints, Ints]:
    """Return pairs of a place and a point of the ground no further from it than a radius of at most 25 km."""
    north_m, east_m = _metres_per_degree(latitude)
    high = int(np.ceil(radius_m / (STEP_DEG * LEAST_NORTH_M)))
    reach = np.minimum(np.ceil(radius_m / (STEP_DEG * east_m)), COLUMNS // 2 - 1).astype(np.int64)
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for wide in np.unique(reach):  # the nearer to a pole, the more columns a circle is wide
        place = np.flatnonzero(reach == wide)
        rows, columns = np.arange(-high, high + 1)[None, :, None], np.arange(-wide, wide + 1)[None, None, :]
        for some in np.array_split(place, len(place) * rows.size * columns.size // AT_ONCE + 1):
            row = np.floor((latitude[some] + 90) / STEP_DEG).astype(np.int64)[:, None, None] + rows
            column = np.floor((longitude[some] + 180) / STEP_DEG).astype(np.int64)[:, None, None] + columns
            north = ((row + 0.5) * STEP_DEG - 90 - latitude[some, None, None]) * north_m[some, None, None]
            east = ((column + 0.5) * STEP_DEG - 180 - longitude[some, None, None]) * east_m[some, None, None]
            at, i, j = np.nonzero(north**2 + east**2 <= radius_m**2)
            found.append(_inhabited(on, some[at], row[at, i, 0], column[at, 0, j] % COLUMNS))
    which, point = (np.concatenate(column) for column in zip(*found, strict=True))
    return which, point


def _metres_per_degree(latitude: Floats) -> tuple[Floats, Floats]:
    """Return metres of one degree north and one east on the ellipsoid (series in the latitude; right to 0.1 m)."""
    turn = np.radians(latitude)
    north = 111_132.92 - 559.82 * np.cos(2 * turn) + 1.175 * np.cos(4 * turn)
    east = 111_412.84 * np.cos(turn) - 93.5 * np.cos(3 * turn) + 0.118 * np.cos(5 * turn)
    return north, np.maximum(east, 1.0)


def _inhabited(on: Ground, which: Ints, row: Ints, column: Ints) -> tuple[Ints, Ints]:
    """Return the pairs whose point lies in a square with people, and the number of the point."""
    square = row // SIDE * (COLUMNS // SIDE) + column // SIDE
    at = np.minimum(np.searchsorted(on.square, square), len(on.square) - 1)
    inside = on.square[at] == square
    point = at * SIDE**2 + row % SIDE * SIDE + column % SIDE
    return which[inside], point[inside]


def persons_near(on: Ground, point: Ints, month: Ints, n_months: int, window: int) -> Floats:
    """Return the persons at points that something came near in the window that ends with each month, units x months.

    Parameters
    ----------
    on
        Where people live.
    point, month
        What came near: which point, and in which of the months; repeats count once.
    n_months
        How many months there are.
    window
        Months looked back, the month itself included.
    """
    when = np.sort(point * n_months + month)
    when = when[np.diff(when, prepend=-1) > 0]
    point, begins = np.divmod(when, n_months)
    ends = np.minimum(begins + window, n_months)
    again = np.flatnonzero(point[1:] == point[:-1])
    ends[again] = np.minimum(ends[again], begins[again + 1])
    square = np.concatenate((point, point)) // SIDE**2
    change = np.repeat((1.0, -1.0), len(point)), (square, np.concatenate((begins, ends)))
    of_squares = sparse.csr_array(change, shape=(len(on.square), n_months + 1))
    persons = np.cumsum((on.living.T @ of_squares).toarray()[:, :-1], axis=1)
    return np.where(persons < NOBODY, 0.0, persons)


def drawn(weights: sparse.csr_array, row: Ints, chance: Floats) -> Iterator[Ints]:
    """Yield, for each draw, the column that each record falls to.

    Parameters
    ----------
    weights
        Rows x columns, not negative; a row need not sum to 1 but must hold something.
    row
        Row of each record.
    chance
        Records x draws, from 0 to below 1.
    """
    filled = np.cumsum(weights.data)
    before = np.append(0.0, filled)[weights.indptr]
    begin, size = before[row], before[row + 1] - before[row]
    first, last = weights.indptr[:-1][row], weights.indptr[1:][row] - 1
    for column in chance.T:
        at = np.searchsorted(filled, begin + column * size, side="right")
        yield weights.indices[np.clip(at, first, last)].astype(np.int64)
