"""Population on small pieces of land: from raster pixels of any size, conserving what each pixel holds."""

from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

POLAR_AXIS_KM = 6356.752314245  # WGS84
SAMPLES = 5  # a square is sampled at 5 x 5 points where a pixel border may cross it
ECCENTRICITY = 0.0818191908426215  # WGS84, first


def band_area_km2(south: Floats, north: Floats, width_deg: float) -> Floats:
    """Return the area on the WGS84 ellipsoid of boxes between two parallels.

    Parameters
    ----------
    south, north
        Latitudes in degrees.
    width_deg
        Extent in longitude, degrees.

    Returns
    -------
    ndarray
        Square kilometres; exact (Snyder 1987, equation 3-12, integrated).
    """
    return np.asarray((_zone(north) - _zone(south)) * np.radians(width_deg))


def _zone(latitude: Floats) -> Floats:
    sine = np.sin(np.radians(latitude))
    e = ECCENTRICITY
    return POLAR_AXIS_KM**2 / 2 * (sine / (1 - (e * sine) ** 2) + np.log((1 + e * sine) / (1 - e * sine)) / (2 * e))


def pixel_area_km2(transform: Affine, height: int) -> Floats:
    """Return the area in square kilometres of one pixel of each row of a north-up raster in degrees."""
    north = transform.f + transform.e * np.arange(height)
    return band_area_km2(north + transform.e, north, abs(transform.a))


def spread(
    persons: Floats, transform: Affine, longitude: Floats, latitude: Floats, area_km2: Floats, width_deg: float
) -> Floats:
    """Return the persons on small square pieces of land.

    A piece gets the mean density of the pixels under its square times its area. Where pixels are smaller than
    pieces, each pixel gives its persons to the pieces around its centre by their area, so that none is lost.

    Parameters
    ----------
    persons
        Rows x columns, persons per pixel, NaN where there is no data; north up, OGC:CRS84.
    transform
        The raster's.
    longitude, latitude
        Centres of the squares that the pieces are parts of, degrees.
    area_km2
        Land of each piece.
    width_deg
        Side of the squares.

    Returns
    -------
    ndarray
        Persons per piece; 0 where there is no data.
    """
    if abs(transform.a) < width_deg / 2:
        return _binned(persons, transform, longitude, latitude, area_km2, width_deg)
    density = np.nan_to_num(persons / pixel_area_km2(transform, persons.shape[0])[:, None])
    steps = ((np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5) * width_deg
    found = np.zeros(len(longitude))
    for east in steps:
        for north in steps:
            row, column, inside = _pixel(transform, persons.shape, longitude + east, latitude + north)
            found += np.where(inside, density[row, column], 0.0)
    return found / SAMPLES**2 * area_km2


def _pixel(transform: Affine, shape: tuple[int, ...], x: Floats, y: Floats) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    column = np.floor((x - transform.c) / transform.a).astype(np.int64)
    row = np.floor((y - transform.f) / transform.e).astype(np.int64)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    return np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1), inside


def square_id(longitude: Floats, latitude: Floats, width_deg: float) -> Ints:
    """Return the number of the square of a world grid that a point lies in; from the south, then from the west."""
    columns = round(360 / width_deg)
    row = np.floor((np.asarray(latitude) + 90) / width_deg + 1e-9).astype(np.int64)
    column = np.floor((np.asarray(longitude) + 180) / width_deg + 1e-9).astype(np.int64) % columns
    return np.asarray(row * columns + column)


def _binned(
    persons: Floats, transform: Affine, longitude: Floats, latitude: Floats, area_km2: Floats, width_deg: float
) -> Floats:
    rows, columns = np.nonzero(np.nan_to_num(persons) > 0)
    x, y = transform.c + (columns + 0.5) * transform.a, transform.f + (rows + 0.5) * transform.e
    squares, piece_square = np.unique(square_id(longitude, latitude, width_deg), return_inverse=True)
    square = square_id(x, y, width_deg)
    at = np.searchsorted(squares, square)
    known = (at < len(squares)) & (squares[np.minimum(at, len(squares) - 1)] == square)
    total = np.bincount(at[known], weights=persons[rows, columns][known], minlength=len(squares))
    land = np.bincount(piece_square, weights=area_km2, minlength=len(squares))
    return total[piece_square] * area_km2 / land[piece_square]
