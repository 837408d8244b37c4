"""Who and what lies near an incident whose place may be known only roughly: chances, and people counted once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.geodesy import MEAN_RADIUS_M, ecef, pairs_within
from geo.support import SQUARE_DEG, Atoms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SQUARE_M = SQUARE_DEG * 111_700  # side of a square at its longest, of latitude at a pole
COARSE_STRIPS = 8  # along a radius where a chance is worked out: the area of a circle is right to 0.5 %
FINE_STRIPS = 50  # along a radius where circles around exact places are united: people within are right to 0.3 %
AT_ONCE = 1_000_000  # strips cut at once: 8 MB a matrix
STEP_MONTHS = 12  # months worked on at once: 12 x 70,000 atoms is 7 MB
SURE = -50.0  # logarithm of the chance to be missed by an incident that surely reached: 2e-22


def reach(longitude: Floats, latitude: Floats, atoms: Atoms, radius_m: float) -> sparse.csr_array:
    """Return places x atoms: the part of each atom's square that lies within a radius of each place."""
    place, atom = _near(longitude, latitude, atoms, radius_m)
    part, step = np.zeros(len(place)), AT_ONCE // _strips(radius_m, COARSE_STRIPS)
    for some in (slice(start, start + step) for start in range(0, len(place), step)):
        where = longitude[place[some]], latitude[place[some]]
        west, east = _cut(*where, atoms, atom[some], radius_m, COARSE_STRIPS)
        part[some] = (east - west).mean(axis=1)
    there = part > 0
    return sparse.csr_array((part[there], (place[there], atom[there])), shape=(len(longitude), len(atoms)))


def _near(longitude: Floats, latitude: Floats, atoms: Atoms, radius_m: float) -> tuple[Ints, Ints]:
    """Return pairs of a place and an atom whose square may lie within a radius of it."""
    reach_m = radius_m + SQUARE_M * math.sqrt(0.5)
    return pairs_within(longitude, latitude, atoms.longitude, atoms.latitude, reach_m)[:2]


def _strips(radius_m: float, along_radius: int) -> int:
    """Return how many strips a square is cut into."""
    return math.ceil(SQUARE_M / radius_m * along_radius)


def _cut(
    longitude: Floats, latitude: Floats, atoms: Atoms, atom: Ints, radius_m: float, along_radius: int
) -> tuple[Floats, Floats]:
    """Return where circles on the ellipsoid begin and end in each strip of a square, 0 to 1, squares x strips.

    Each circle has its square; strips run along parallels, so many to a radius. The chords through the ellipsoid are
    exact at every latitude.
    """
    strips = _strips(radius_m, along_radius)
    steps = ((np.arange(strips) + 0.5) / strips - 0.5) * SQUARE_DEG
    rows, row = np.unique(atoms.latitude[atom], return_inverse=True)
    rings_m, heights_m = (each[row] for each in _ring_and_height_m(rows[:, None] + steps))
    ring_m, height_m = _ring_and_height_m(latitude[:, None])
    chord_m = 2 * MEAN_RADIUS_M * math.sin(radius_m / (2 * MEAN_RADIUS_M))
    left_m2 = chord_m**2 - (rings_m - ring_m) ** 2 - (heights_m - height_m) ** 2
    half = np.degrees(2 * np.arcsin(np.sqrt(np.clip(left_m2 / (4 * ring_m * rings_m), 0, 1)))) / SQUARE_DEG
    middle = ((longitude - atoms.longitude[atom] + 180) % 360 - 180)[:, None] / SQUARE_DEG + 0.5
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def _ring_and_height_m(latitude: Floats) -> tuple[Floats, Floats]:
    """Return how far points are from the earth's axis and from the plane of the equator."""
    xyz_m = ecef(np.zeros(latitude.size), latitude.ravel()).reshape(*latitude.shape, 3)
    return xyz_m[..., 0], xyz_m[..., 2]


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
    coarse: tuple[sparse.csr_array, Happenings],
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
        Supports x atoms: the chance that a record of the support came within the radius of an atom's people; and what
        happened in each support.
    units
        Atoms x units.
    radius_m
        Metres on the ellipsoid.

    Returns
    -------
    ndarray
        Units x months. Around exact places the union of circles is cut into strips, so that overlapping circles
        count nobody twice; coarse records combine as independent chances.
    """
    longitude, latitude, seen = exact
    atom, size, touched = _pieces_near(atoms, longitude, latitude, radius_m)
    living = sparse.csr_array((atoms.persons[atom] * size, (np.arange(len(atom)), atom)), shape=(len(atom), len(atoms)))
    apart, expected = _log_missed(coarse[0]), coarse[1].expected
    months = len(expected)
    result = np.zeros((units.shape[1], months))
    for start in range(0, months, STEP_MONTHS):
        part = slice(start, min(start + STEP_MONTHS, months))
        surely = _surely(seen.log_missed[part], touched, living)
        maybe = 1 - np.exp(expected[part] @ apart)
        result[:, part] = ((surely + (atoms.persons[None, :] - surely) * maybe) @ units).T
    return result


def _log_missed(chance: sparse.csr_array) -> sparse.csr_array:
    logarithm = chance.copy()
    logarithm.data = np.log1p(-np.minimum(logarithm.data, 1 - 1e-9))
    return logarithm


def _surely(log_missed: Floats, touched: sparse.csr_array, living: sparse.csr_array) -> Floats:
    """Return months x atoms: people around exact places; only pieces near a place of these months are worked on."""
    places = np.flatnonzero((log_missed < 0).any(axis=0))
    pieces = np.unique(touched[places].indices)
    near = sparse.csr_array(touched[places][:, pieces])
    return np.asarray((1 - np.exp(log_missed[:, places] @ near)) @ living[pieces])


def _pieces_near(atoms: Atoms, x: Floats, y: Floats, radius_m: float) -> tuple[Ints, Floats, sparse.csr_array]:
    """Cut squares along all circles: return the atom of each piece, its part of it, and places x pieces in reach.

    Ends are rounded to the width of a strip, so that 600 places in one town cut it no finer than that.
    """
    place, atom = _near(x, y, atoms, radius_m)
    begin, end = _cut(x[place], y[place], atoms, atom, radius_m, FINE_STRIPS)
    strips = begin.shape[1]
    pair, row = np.nonzero(end > begin)
    strip = 2.0 * (atom[pair] * strips + row)  # even, so that strips do not touch
    west, east = (strip + np.rint(each[pair, row] * strips) / strips for each in (begin, end))
    cuts = np.unique(np.concatenate([west, east]))
    first, last = np.searchsorted(cuts, west), np.searchsorted(cuts, east)
    count = last - first
    piece = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    touched = sparse.csr_array(
        (np.ones(len(piece)), (np.repeat(place[pair], count), piece)), shape=(len(x), max(len(cuts) - 1, 0))
    )
    return (cuts[:-1] // (2 * strips)).astype(np.int64), np.diff(cuts) / strips, touched
