"""Kernel surfaces: weights at places, such as decayed incidents, spread to densities by a Gaussian in kilometres.

density(t) = sum over sources s of weight(s) x K(d(s, t)) / sum over targets t' of area(t') x K(d(s, t')),
K(d) = exp(-d^2 / (2 bandwidth^2)) up to 4 bandwidths, d the geodesic between the middles of squares

So the kernel is as wide at 60 degrees as on the equator and reaches across the antimeridian and the poles, and the
whole of each weight stays on the targets, also where they end, as at a coast.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse

from geo.geodesy import MEAN_RADIUS_M, distance_m
from geo.grids import COLUMNS, ROWS
from geo.raster import band_area_km2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH = 4.0  # bandwidths; beyond lie 0.03 % of a Gaussian
SHORTEST_DEGREE_KM = 110.57  # of latitude, on the equator
MARGIN = 1.01  # the ellipsoid is up to 0.6 % more curved than the mean sphere
NOISE = 1e-13  # of the largest value: what the transform leaves where nothing is in reach
CELL_DEG = 0.5


def surface(weight: Floats, area_km2: Floats, south_deg: float, width_deg: float, bandwidth_km: float) -> Floats:
    """Return the density of weights on a grid of squares, per km2; its sum by area is the sum of the weights.

    Parameters
    ----------
    weight
        Rows x columns, the first row in the south; not negative. Columns that go round the globe are a circle; else
        they span 180 degrees at most.
    area_km2
        Of the same shape: what of each square may be hit; 0 where nothing is, as on the sea.
    south_deg
        Southern edge of the first row.
    width_deg
        Side of the squares, of which a whole number goes round the globe.
    bandwidth_km
        Standard deviation of the Gaussian; not less than half a square, or its form is lost.

    Returns
    -------
    ndarray
        Of the same shape; 0 where no weight is in reach and where the area is 0. A weight out of reach of any area is
        lost: give each at least its own square.
    """
    latitude = _middles(south_deg, len(weight), width_deg)
    around = _smoothed(area_km2, latitude, width_deg, bandwidth_km)
    share = np.divide(weight, around, out=np.zeros(weight.shape), where=(weight > 0) & (around > 0))
    return np.where(area_km2 > 0, _smoothed(share, latitude, width_deg, bandwidth_km), 0.0)


def _middles(south_deg: float, rows: int, width_deg: float) -> Floats:
    return np.asarray(south_deg + (np.arange(rows) + 0.5) * width_deg, dtype=np.float64)


def _smoothed(values: Floats, latitude: Floats, width_deg: float, bandwidth_km: float) -> Floats:
    """Return the sum of values around each square, by K: along rows by Fourier transform, across them one by one."""
    columns = values.shape[1]
    circle, widest = round(360 / width_deg), _columns(np.abs(latitude).max(), width_deg, bandwidth_km)
    length = circle if columns == circle else fft.next_fast_len(columns + widest, real=True)
    angle = np.outer(np.arange(widest + 1), np.arange(length // 2 + 1)) % length * (2 * np.pi / length)
    twice = np.where((np.arange(widest + 1) == 0) | (2 * np.arange(widest + 1) == length), 1.0, 2.0)
    cosines = np.cos(angle) * twice[:, None]
    spectrum = fft.rfft(values, length, axis=1)
    result = np.zeros_like(spectrum)
    held = np.asarray(values.any(axis=1))
    for row, near, kernel in _kernels(latitude, width_deg, bandwidth_km):
        if held[row] or held[near].any():
            turned = kernel @ cosines[: kernel.shape[1]]
            result[near] += turned * spectrum[row]
            result[row] += (turned[1:] * spectrum[near][1:]).sum(axis=0)
    found = fft.irfft(result, length, axis=1)[:, :columns]
    return np.where(found > NOISE * found.max(initial=0), found, 0.0)


def _kernels(latitude: Floats, width_deg: float, bandwidth_km: float) -> Iterator[tuple[int, slice, Floats]]:
    """Yield each row, itself and the rows north of it in reach, and K by row and by columns away, none first."""
    reach_km = REACH * bandwidth_km
    down = math.floor(reach_km / (SHORTEST_DEGREE_KM * width_deg)) + 1
    for row, middle in enumerate(latitude):
        near = slice(row, row + down)
        east = np.arange(_columns(abs(middle), width_deg, bandwidth_km) + 1) * width_deg
        dist_km = distance_m(0.0, middle, east[None, :], latitude[near, None]) / 1000
        yield row, near, np.where(dist_km <= reach_km, np.exp(-((dist_km / bandwidth_km) ** 2) / 2), 0.0)


def _columns(latitude: float, width_deg: float, bandwidth_km: float) -> int:
    """Return how many columns away a square of a latitude reaches at most: half the globe where a pole is near."""
    sine = math.sin(min(MARGIN * REACH * bandwidth_km * 1000 / MEAN_RADIUS_M, math.pi / 2))
    far = sine / max(math.cos(math.radians(latitude)), 1e-9)
    half = round(360 / width_deg) // 2
    return half if far >= 1 else min(math.ceil(math.degrees(math.asin(far)) / width_deg), half)


def space_time(
    events: tuple[Ints, Ints, Floats], targets: Ints, n_months: int, half_life_months: float, bandwidth_km: float
) -> NDArray[np.float32]:
    """Return the density of decayed weights on PRIO-GRID for every month, per km2: a world of months in under a second.

    Parameters
    ----------
    events
        PRIO-GRID number, month from 0, and weight, columns of equal length.
    targets
        PRIO-GRID numbers in order, each once, on which the weights stay.
    n_months
        Months of the result.
    half_life_months
        Months in which a weight halves.
    bandwidth_km
        As for `surface`.

    Returns
    -------
    ndarray
        Targets x months, in single precision, which takes half the time. Time is a product with a matrix of decay,
        space one with a sparse stamp of each source.
    """
    gid, month, weight = events
    sources, at = np.unique(gid, return_inverse=True)
    sums = sparse.csr_array((weight, (at, month)), shape=(len(sources), n_months))
    age = np.arange(n_months)[None, :] - np.arange(n_months)[:, None]
    decay = np.where(age >= 0, 2.0 ** (-np.maximum(age, 0) / half_life_months), 0.0)
    stamps = _stamps(sources, targets, bandwidth_km).astype(np.float32)
    return np.asarray(stamps @ (sums @ decay).astype(np.float32))


def _stamps(sources: Ints, targets: Ints, bandwidth_km: float) -> sparse.csr_array:
    """Return targets x sources: the density at each target of a weight of 1 at each source, per km2."""
    place = np.full((ROWS, COLUMNS), -1)
    place.flat[targets - 1] = np.arange(len(targets))
    middles = _middles(-90, ROWS, CELL_DEG)
    found = [np.zeros((3, 0))]
    for here, near, kernel in _kernels(middles, CELL_DEG, bandwidth_km):
        for there, weights in enumerate(kernel, near.start):
            found += [_stamp(sources, here, place[there], weights)]
            found += [_stamp(sources, there, place[here], weights)] if there > here else []
    target, source, weight = np.concatenate(found, axis=1)
    target, source = target.astype(np.int64), source.astype(np.int64)
    land = band_area_km2(middles - CELL_DEG / 2, middles + CELL_DEG / 2, CELL_DEG)[(targets - 1) // COLUMNS]
    whole = np.bincount(source, weight * land[target], len(sources))
    shape = len(targets), len(sources)
    return sparse.csr_array((weight / whole[source], (target, source)), shape=shape)


def _stamp(sources: Ints, row: int, place: Ints, weights: Floats) -> Floats:
    """Return target, source and weight of what the sources of one row give to the targets of another."""
    first, last = np.searchsorted(sources, [row * COLUMNS + 1, (row + 1) * COLUMNS + 1])
    reach = int(np.count_nonzero(weights))
    away = np.arange(1 - reach, min(reach, COLUMNS // 2))  # half the globe to the east is half the globe to the west
    target = place[((sources[first:last] - 1)[:, None] + away) % COLUMNS]
    source = np.repeat(np.arange(first, last), len(away)).reshape(target.shape)
    weight = np.broadcast_to(weights[np.abs(away)], target.shape)
    there = target >= 0
    return np.stack([target[there], source[there], weight[there]]).astype(np.float64)
