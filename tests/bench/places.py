"""Districts over all land, countries, and points as they cluster in conflict: shapes and places for benches."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

CELL_DEG, VERTICES = 0.7, 24
DISTRICTS = 58_000
COUNTRIES = 250


class Points(NamedTuple):
    """Places in OGC:CRS84 degrees."""

    lon: Floats
    lat: Floats


def districts(rng: np.random.Generator) -> Objects:
    """Return polygons of about 100 vertices that share their borders, on land-like parts of the globe."""
    wide, high = int(360 / CELL_DEG), int(140 / CELL_DEG)
    height = ndimage.gaussian_filter(rng.standard_normal((high, wide)), 9, mode=("nearest", "wrap"))
    row, column = np.divmod(np.sort(np.argsort(height.ravel())[-DISTRICTS:]), wide)
    across, up = _wiggles(rng, (high + 1, wide)), _wiggles(rng, (high, wide + 1))
    along = np.linspace(0, 1, VERTICES + 1)[:-1]
    south = _line(column, row, along, across[row, column], 0)
    north = _line(column, row + 1, along, across[row + 1, column], 0)
    west = _line(column, row, along, up[row, column], 1)
    east = _line(column + 1, row, along, up[row, column + 1], 1)
    corner = np.stack([column + 1, row + 1], axis=1)[:, None, :]
    opposite = np.stack([column, row + 1], axis=1)[:, None, :]
    ring = np.concatenate([south, east, np.concatenate([corner, north[:, :0:-1]], axis=1), opposite, west[:, :0:-1]], 1)
    return np.asarray(shapely.polygons(ring * CELL_DEG - (180, 70)))


def _wiggles(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return how far each vertex of each side lies beside the straight line, in cells: so little that none cross."""
    along = np.arange(VERTICES) / VERTICES
    return rng.uniform(-0.3, 0.3, (*shape, VERTICES)) * np.minimum(along, 1 - along)


def _line(column: NDArray, row: NDArray, along: Floats, aside: Floats, axis: int) -> Floats:
    """Return sides x vertices x 2: from a corner along one axis (0 east, 1 north)."""
    start = np.stack([column, row], axis=1).astype(float)[:, None, :]
    step = np.zeros((*aside.shape, 2))
    step[..., axis], step[..., 1 - axis] = along, aside
    return start + step


def countries(rng: np.random.Generator, parts: Objects) -> Objects:
    """Return unions of districts round 250 capitals."""
    centres = shapely.get_coordinates(shapely.centroid(parts))
    seats = centres[rng.choice(len(parts), COUNTRIES, replace=False)]
    nearest = np.argmin(((centres[:, None, :] - seats) ** 2).sum(axis=2), axis=1)
    unions = [shapely.coverage_union_all(parts[nearest == each]) for each in range(COUNTRIES)]
    return np.array([each for each in unions if not each.is_empty], dtype=object)


def clustered(rng: np.random.Generator, parts: Objects, count: int) -> Points:
    """Return points round 4,000 towns, most round few of them; one in four on a coordinate that others have too."""
    towns = shapely.get_coordinates(shapely.point_on_surface(parts[:: max(len(parts) // 4_000, 1)]))
    weight = rng.pareto(1.1, len(towns)) + 0.05
    places = towns[rng.choice(len(towns), count, p=weight / weight.sum())] + rng.normal(0, 0.3, (count, 2))
    again = rng.random(count) < 0.25
    places[again] = places[rng.integers(0, max(count // 50, 1), again.sum())]
    return Points(np.clip(places[:, 0], -179.99, 179.99), np.clip(places[:, 1], -89.99, 89.99))
