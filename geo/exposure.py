"""Who and what lies near an incident whose place may be known only roughly: chances, and people counted once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.geodesy import pairs_within
from geo.support import SQUARE_DEG, Atoms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KM_PER_DEGREE = 111.32  # of longitude on the equator; offsets inside one square need no ellipsoid
COARSE_POINTS = 8  # a square is sampled with 8 x 8 points where a chance is worked out: 1.6 % of its area each
FINE_POINTS = 16  # and 350 m apart where circles around exact places are united: within 0.5 % of the true union
STEP_MONTHS = 12  # months worked on at once: 12 x 70,000 atoms is 7 MB
SURE = -50.0  # logarithm of the chance to be missed by an incident that surely reached: 2e-22


def reach(longitude: Floats, latitude: Floats, atoms: Atoms, radius_m: float) -> sparse.csr_array:
    """Return places x atoms: the part of each atom's square that lies within a radius of each place."""
    margin_m = SQUARE_DEG * KM_PER_DEGREE * 1000 * 0.75
    place, atom, _ = pairs_within(longitude, latitude, atoms.longitude, atoms.latitude, radius_m + margin_m)
    north_km = (atoms.latitude[atom] - latitude[place]) * KM_PER_DEGREE
    turn = (atoms.longitude[atom] - longitude[place] + 180) % 360 - 180
    wide = np.cos(np.radians(latitude[place])) * KM_PER_DEGREE
    part = _part_inside(turn * wide, north_km, SQUARE_DEG * wide, SQUARE_DEG * KM_PER_DEGREE, radius_m / 1000)
    some = part > 0
    return sparse.csr_array((part[some], (place[some], atom[some])), shape=(len(longitude), len(atoms)))


def _part_inside(east_km: Floats, north_km: Floats, width_km: Floats, height_km: float, radius_km: float) -> Floats:
    steps = (np.arange(COARSE_POINTS) + 0.5) / COARSE_POINTS - 0.5
    inside = np.zeros(len(east_km))
    for x in steps:
        for y in steps:
            inside += np.hypot(east_km + x * width_km, north_km + y * height_km) <= radius_km
    return inside / COARSE_POINTS**2


def chances(weights: sparse.csr_array, reached: sparse.csr_array) -> sparse.csr_array:
    """Return supports x places: the chance that a record of each support fell within reach of each place."""
    product = sparse.csr_array(weights @ reached.T)
    product.data = np.minimum(product.data, 1.0)
    return product


def clumped(weights: sparse.csr_array, near: sparse.csr_array) -> sparse.csr_array:
    """Return supports x groups of places: a chance that stands for how many of a group's places a record is near.

    Parameters
    ----------
    weights
        Supports x atoms: chances of where a record is.
    near
        Groups x atoms: how many of a group's places are expected within reach of each atom.

    Returns
    -------
    sparse.csr_array
        c = E(number)^2 / E(number^2). A record that is near E(number) / c of the places with chance c, and else near
        none, has the mean and the variance of the true number: places that stand together are near it together.
    """
    number, square = (sparse.csr_array(weights @ each.T) for each in (near, near.power(2)))
    number.sort_indices()
    square.sort_indices()
    number.data = np.minimum(number.data**2 / square.data, 1.0)
    return number


@dataclass(frozen=True)
class Happenings:
    """When records happened at places or supports, for a window that slides over months.

    `log_missed` is months x places: the logarithm of the chance that none of a place's records fell into the window;
    `expected` is months x places: how many are expected to have.
    """

    log_missed: Floats
    expected: Floats


def happenings(place: Ints, n_places: int, record_months: sparse.csr_array, window: int) -> Happenings:
    """Return when things happened at each place.

    Parameters
    ----------
    place
        Place of each record.
    record_months
        Records x months: the part of each record that falls to each month.
    window
        Months looked back, the month itself included.
    """
    n_months = record_months.shape[1]
    reach = min(window, n_months)  # a workspace may hold fewer months than the window
    ones = np.ones((reach, n_months))
    slide = sparse.diags_array(ones, offsets=np.arange(reach), shape=(n_months, n_months))
    chance = sparse.csr_array(record_months @ slide)
    chance.data = np.minimum(chance.data, 1.0)
    missed = chance.copy()
    missed.data = np.maximum(np.log1p(-np.minimum(chance.data, 1 - 1e-15)), SURE)
    at = sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(n_places, len(place)))
    return Happenings((at @ missed).toarray().T, (at @ chance).toarray().T)


def exposed(
    atoms: Atoms,
    exact: tuple[Floats, Floats, Happenings],
    coarse: tuple[sparse.csr_array, sparse.csr_array, Happenings],
    units: sparse.csr_array,
    radius_m: float,
) -> Floats:
    """Return the persons expected within a radius of at least one record, each counted once.

    Parameters
    ----------
    atoms
        Land with population.
    exact
        Longitude and latitude of the exact places, and what happened there.
    coarse
        Supports x atoms: the chance that a record of the support came within the radius of an atom's people; the same
        at its highest; and what happened in each support.
    units
        Atoms x units.
    radius_m
        Metres on the ellipsoid.

    Returns
    -------
    ndarray
        Units x months x (expected, by exact places alone, at the highest). Around exact places the union of circles
        is drawn with points, so that overlapping circles count nobody twice; coarse records combine as independent
        chances.
    """
    longitude, latitude, seen = exact
    point_atom, touched = _points_near(atoms, longitude, latitude, radius_m)
    living = sparse.csr_array(
        (atoms.persons[point_atom] / FINE_POINTS**2, (np.arange(len(point_atom)), point_atom)),
        shape=(len(point_atom), len(atoms)),
    )
    apart, most_apart = (_log_missed(chance) for chance in coarse[:2])
    expected = coarse[2].expected
    months = len(expected)
    result = np.zeros((units.shape[1], months, 3))
    for start in range(0, months, STEP_MONTHS):
        part = slice(start, min(start + STEP_MONTHS, months))
        surely = _surely(seen.log_missed[part], touched, living)
        for column, log_missed in ((0, apart), (2, most_apart)):
            maybe = 1 - np.exp(expected[part] @ log_missed)
            result[:, part, column] = ((surely + (atoms.persons[None, :] - surely) * maybe) @ units).T
        result[:, part, 1] = (surely @ units).T
    return result


def _log_missed(chance: sparse.csr_array) -> sparse.csr_array:
    logarithm = chance.copy()
    logarithm.data = np.log1p(-np.minimum(logarithm.data, 1 - 1e-9))
    return logarithm


def _surely(log_missed: Floats, touched: sparse.csr_array, living: sparse.csr_array) -> Floats:
    """Return months x atoms: people around exact places; only points near a place of these months are worked on."""
    places = np.flatnonzero((log_missed < 0).any(axis=0))
    points = np.unique(touched[places].indices)
    near = sparse.csr_array(touched[places][:, points])
    return np.asarray((1 - np.exp(log_missed[:, places] @ near)) @ living[points])


def _points_near(atoms: Atoms, x: Floats, y: Floats, radius_m: float) -> tuple[Ints, sparse.csr_array]:
    """Return the atom of each drawn point, and places x points that lie within the radius."""
    near = np.unique(reach(x, y, atoms, radius_m).indices)
    steps = ((np.arange(FINE_POINTS) + 0.5) / FINE_POINTS - 0.5) * SQUARE_DEG
    east, north = (grid.ravel() for grid in np.meshgrid(steps, steps))
    point_x = (atoms.longitude[near][:, None] + east).ravel()
    point_x[np.abs(point_x) > 180] -= np.copysign(360, point_x[np.abs(point_x) > 180])
    point_y = (atoms.latitude[near][:, None] + north).ravel()
    place, point, _ = pairs_within(x, y, point_x, point_y, radius_m)
    touched = sparse.csr_array((np.ones(len(place)), (place, point)), shape=(len(x), len(point_x)))
    return np.repeat(near, FINE_POINTS**2), touched
