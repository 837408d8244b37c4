"""Zonal statistics: what the pixels of a raster hold inside polygons, by the exact part of each pixel in each polygon.

The parts are worked out once for some polygons and a grid; every raster of that grid is then one sparse product.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource, JSONFeature
from exactextract.raster import NumPyRasterSource
from exactextract.writer import Writer
from numpy.typing import NDArray
from scipy import sparse

from geo.antimeridian import split
from geo.crs import CRS84
from geo.raster import pixel_area_km2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING = 1e-6  # exactextract has parts in single precision: those of a pixel on an inner border sum to 1 within 2e-7


@dataclass(frozen=True)
class Coverage:
    """How polygons cover the pixels of a grid.

    Attributes
    ----------
    part
        Polygons x pixels, row by row from the north: the part of each pixel that lies in each polygon, 0 to 1.
    covered
        Rows x columns: the sum of a pixel's parts; 1 inside, more where polygons overlap.
    row, column
        The pixels on the edge of the polygons, or where they overlap.
    """

    part: sparse.csr_array
    covered: Floats
    row: Ints
    column: Ints


def coverage(polygons: NDArray[np.object_], transform: Affine, shape: tuple[int, int]) -> Coverage:
    """Return how polygons cover the pixels of a grid.

    Parameters
    ----------
    polygons
        Shapely polygons in OGC:CRS84 degrees, across the antimeridian in either notation that `antimeridian.split`
        reads; None and empty ones cover nothing.
    transform, shape
        Of the grid, rows x columns: north up, in degrees; it may run on beyond +-180.
    """
    parts = np.array([split(polygon) if polygon else shapely.Polygon() for polygon in polygons], dtype=object)
    west, east = transform.c, transform.c + transform.a * shape[1]
    turns = [0, *([-360] if west < -180 - transform.a else []), *([360] if east > 180 + transform.a else [])]
    found = [_covered(_turned(parts, turn), transform, shape) for turn in turns]
    part = sparse.csr_array(sum(found[1:], found[0]))
    covered = np.asarray(part.T @ np.ones(len(polygons)))
    odd = (covered != 0) & (covered != 1)
    inner = np.flatnonzero(odd)
    inner = inner[np.abs(covered[inner] - 1) < ROUNDING]
    shared = np.zeros(len(covered), bool)
    shared[inner] = True
    at = np.flatnonzero(shared[part.indices])
    part.data[at] /= covered[part.indices[at]]
    covered[inner], odd[inner] = 1, False
    row, column = np.divmod(np.flatnonzero(odd), shape[1])
    return Coverage(part, covered.reshape(shape), row, column)


def sums(of: Coverage, counts: Floats) -> Floats:
    """Return what each polygon holds of a raster of counts, such as persons per pixel; 0 where there is no data.

    A pixel gives each polygon its part, and nobody is counted twice where polygons overlap. What lies in no polygon
    stays out, but on the coast: where no pixel beside it that lies beyond the polygons holds anything, what a pixel
    holds is on the land in it, and goes to its polygons whole, by their parts.

    Parameters
    ----------
    of
        What `coverage` returned for the raster's grid.
    counts
        Rows x columns, not negative; NaN where there is no data.
    """
    known = np.where(np.isnan(counts), 0.0, counts)
    covered = of.covered[of.row, of.column]
    known[of.row, of.column] /= np.where((covered < 1) & _borders(of, known), 1.0, covered)
    return np.asarray(of.part @ known.ravel(), dtype=np.float64)


def _borders(of: Coverage, known: Floats) -> NDArray[np.bool_]:
    """Tell which pixels of the edge have a neighbour beyond the polygons that holds something."""
    height, width = known.shape
    found = np.zeros(len(of.row), bool)
    for down, right in product((-1, 0, 1), repeat=2):
        at = np.clip(of.row + down, 0, height - 1), np.clip(of.column + right, 0, width - 1)
        found |= (of.covered[at] == 0) & (known[at] > 0)
    return found


def means(of: Coverage, densities: Floats, transform: Affine) -> Floats:
    """Return the mean of a raster of densities over each polygon, by area on the ellipsoid.

    Parameters
    ----------
    of
        What `coverage` returned for the raster's grid.
    densities
        Rows x columns; pixels that are NaN are left out.
    transform
        The raster's.

    Returns
    -------
    ndarray
        One per polygon; NaN where it meets no pixel with data.
    """
    area = pixel_area_km2(transform, len(densities))[:, None] * ~np.isnan(densities)
    land = np.asarray(of.part @ area.ravel())
    total = np.asarray(of.part @ (area * np.nan_to_num(densities)).ravel())
    return np.asarray(np.divide(total, land, out=np.full(len(land), np.nan), where=land > 0))


def _turned(polygons: NDArray[np.object_], turn_deg: float) -> NDArray[np.object_]:
    return np.asarray(shapely.transform(polygons, lambda x, y: (x + turn_deg, y), interleaved=False), dtype=object)


def _covered(polygons: NDArray[np.object_], transform: Affine, shape: tuple[int, int]) -> sparse.csr_array:
    height, width = shape
    west, north = transform.c, transform.f
    edges = west, north + height * transform.e, west + width * transform.a, north
    grid = NumPyRasterSource(np.broadcast_to(np.uint8(0), shape), *edges, srs_wkt=CRS84)  # takes no memory
    given = np.flatnonzero(~shapely.is_empty(polygons))  # exactextract fails on empty ones
    pixels, parts = exact_extract(grid, _Polygons(polygons[given]), ["cell_id", "coverage"], output=_Arrays())
    pixel = np.concatenate([np.zeros(0, np.int64), *pixels], dtype=np.int32, casting="same_kind")
    part = np.concatenate([np.zeros(0), *parts])
    length = np.zeros(len(polygons) + 1, np.int32)
    length[given + 1] = [len(each) for each in pixels]
    return sparse.csr_array((part, pixel, np.cumsum(length, dtype=np.int32)), shape=(len(polygons), math.prod(shape)))


class _Outline(Feature):  # type: ignore[misc]  # exactextract has no types
    """One polygon as exactextract reads it."""

    def __init__(self, wkb: bytes) -> None:
        super().__init__()
        self.wkb = wkb

    def geometry(self) -> bytes:
        return self.wkb

    def fields(self) -> list[str]:
        return []


class _Polygons(FeatureSource):  # type: ignore[misc]
    """Polygons as exactextract reads them; it is faster with WKB than with the GeoJSON of a GeoDataFrame."""

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        super().__init__()
        self.polygons = polygons

    def __iter__(self) -> Iterator[_Outline]:
        return map(_Outline, shapely.to_wkb(self.polygons))

    def count(self) -> int:
        return len(self.polygons)

    def srs_wkt(self) -> str:
        return CRS84


class _Arrays(Writer):  # type: ignore[misc]
    """What exactextract found, polygon by polygon."""

    def __init__(self) -> None:
        super().__init__()
        self.pixels: list[Ints] = []
        self.parts: list[Floats] = []

    def write(self, feature: Feature) -> None:
        found = JSONFeature()
        feature.copy_to(found)
        told = found.feature["properties"]
        self.pixels.append(told.get("cell_id", np.zeros(0, np.int64)))
        self.parts.append(told.get("coverage", np.zeros(0)))

    def features(self) -> tuple[list[Ints], list[Floats]]:
        return self.pixels, self.parts
