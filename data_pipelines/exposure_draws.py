"""The band of people near violence: uncertain incidents put somewhere many times, and people counted each time."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from data_pipelines.shares import Placed
from geo import people_near
from geo.support import SQUARE_DEG, Atoms
from layers._draws import PLACE, uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 19  # the least and the most of 19 bound what a 20th would be in 18 of 20 cases, and need no memory for the rest
EAST, NORTH, MONTH = (np.uint64(number) for number in (0x8CB92BA72F3D8DD7, 0x5851F42D4C957F2D, 0x2545F4914F6CDD1D))


def least_and_most(
    placed: Placed,
    frame: pd.DataFrame,
    by_month: sparse.csr_array,
    atoms: Atoms,
    on: people_near.Ground,
    near: tuple[float, int],
) -> tuple[Floats, Floats]:
    """Return the fewest and the most persons near incidents in any draw, each units x months.

    Parameters
    ----------
    placed
        Where `weights` says of each support how likely each atom is.
    frame
        The incidents that count, of those placed.
    by_month
        All placed incidents x months: the part of each that falls to each month.
    atoms
        Land that the weights speak of.
    on
        Where people live, by unit.
    near
        Metres within which people are near an incident, and months for which they stay so.
    """
    (radius_m, window), n_months = near, by_month.shape[1]
    frame = frame[np.diff(by_month.indptr)[frame.index] > 0]
    exact = frame["row"].to_numpy() < 0
    seen = _points_of(on, frame[exact], radius_m)
    least, most = np.full((2, on.living.shape[1], n_months), np.nan)
    for month, (x, y) in zip(_months(by_month, frame), _places(placed, frame[~exact], atoms), strict=True):
        which, point = people_near.points_near(on, x, y, radius_m)
        points = np.concatenate((seen.indices.astype(np.int64), point))
        months = np.concatenate((np.repeat(month[exact], np.diff(seen.indptr)), month[~exact][which]))
        persons = people_near.persons_near(on, points, months, n_months, window)
        least, most = np.fmin(least, persons), np.fmax(most, persons)
    return least, most


def _points_of(on: people_near.Ground, exact: pd.DataFrame, radius_m: float) -> sparse.csr_array:
    """Return incidents x points that lie near each, of incidents whose place is exact."""
    places, at = np.unique(exact[["longitude", "latitude"]].to_numpy(np.float64), axis=0, return_inverse=True)
    which, point = people_near.points_near(on, places[:, 0], places[:, 1], radius_m)
    near = np.ones(len(which)), (which, point)
    return sparse.csr_array(sparse.csr_array(near, shape=(len(places), on.n_points))[at])


def _months(by_month: sparse.csr_array, frame: pd.DataFrame) -> Iterator[Ints]:
    """Yield, for each draw, the month of each incident: one of its own by their parts, as for the value."""
    calendar = sparse.csr_array(by_month[frame.index.to_numpy()])
    return people_near.drawn(calendar, np.arange(len(frame)), _chances(frame, MONTH))


def _places(placed: Placed, coarse: pd.DataFrame, atoms: Atoms) -> Iterator[tuple[Floats, Floats]]:
    """Yield, for each draw, a longitude and latitude of each incident: somewhere in the square of an atom."""
    support = coarse["row"].to_numpy(np.int64)
    at_atoms = people_near.drawn(placed.weights, support, _chances(coarse, PLACE))
    inside = zip(_chances(coarse, EAST).T, _chances(coarse, NORTH).T, strict=True)
    for atom, (east, north) in zip(at_atoms, inside, strict=True):
        yield atoms.longitude[atom] + (east - 0.5) * SQUARE_DEG, atoms.latitude[atom] + (north - 0.5) * SQUARE_DEG


def _chances(frame: pd.DataFrame, stream: np.uint64) -> Floats:
    return uniform(frame["incident_id"].to_numpy(object), stream)[:, :DRAWS]
