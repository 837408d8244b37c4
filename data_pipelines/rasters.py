"""The edition's raster: incident intensity as a surface, finer than any unit.

Exact places of incidents show in it, so it is never public: its name says from which tier on it may be read.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy

from data_pipelines import warehouse
from data_pipelines.measure import Parameters
from data_pipelines.nearness import calendar, counted
from data_pipelines.panels import covered, months
from data_pipelines.places import Places
from data_pipelines.shares import Placed
from data_pipelines.snapshot import SYNTHETIC
from data_pipelines.tables import Tier
from geo import kernel
from geo.raster import band_area_km2, square_id
from geo.support import SQUARE_DEG
from layers._layer import layer
from layers._panel import Bools, Floats, Ints

LAYER = "incident_intensity"
TIER = Tier.restricted
NAME = f"{LAYER}.{TIER.name}.tif"
BANDWIDTH_KM = 25.0  # as far as UCDP's "near a place" reaches; the field's span is 5 to 50 km
CIRCLE = round(360 / SQUARE_DEG)
UNIT = "incidents per 1,000 km2"
TILE = 256
METHOD = (
    "Gaussian kernel in kilometres along geodesics, cut at 4 bandwidths; each decayed incident stays whole on mapped "
    "land, spread over its support where its place is uncertain; NaN outside the land that a source of incidents covers"
)


def write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    placed: Placed,
    places: Places,
    parameters: Parameters,
    told: Mapping[str, str],
) -> None:
    """Write the surface of the newest month that a source of incidents covers; nothing where none covers any.

    Parameters
    ----------
    connection
        Where `coverage` and the months are.
    folder
        Where the edition's rasters lie; made where it is not there.
    placed, places
        As a build places incidents.
    parameters
        Of every layer.
    told
        Further tags of the file, such as the edition.
    """
    periods = months(warehouse.query(connection, "periods"))
    spoken = covered(warehouse.query(connection, "coverage"), places.leaf_iso3, periods)["incidents"]
    known = np.flatnonzero(spoken.any(axis=0))
    if not len(known):
        return
    now, half_life = int(known[-1]), parameters[LAYER]["half_life_months"]
    weight, land, (row, column) = _grids(placed, places, _decayed(placed, periods, now, half_life), spoken[:, now])
    density = kernel.surface(weight, land, row * SQUARE_DEG - 90, SQUARE_DEG, BANDWIDTH_KM)
    values = np.where(land > 0, 1000 * density, np.nan).astype(np.float32)
    tags = {
        "title": f"{layer(LAYER).title} as a surface, {periods[now]}",
        "layer": LAYER,
        "unit_of_value": UNIT,
        "period": str(periods[now]),
        "half_life_months": f"{half_life:g}",
        "bandwidth_km": f"{BANDWIDTH_KM:g}",
        "tier": TIER.name,
        "synthetic": json.dumps(SYNTHETIC in places.leaf_iso3),
        "method": METHOD,
        **told,
    }
    folder.mkdir()
    west, north = round(column * SQUARE_DEG - 180, 9), round((row + len(values)) * SQUARE_DEG - 90, 9)
    _write_cog(folder / NAME, values[::-1], Affine(SQUARE_DEG, 0, west, 0, -SQUARE_DEG, north), tags)


def _decayed(placed: Placed, months: NDArray[np.datetime64], now: int, half_life_months: float) -> Floats:
    """Return what each placed incident counts for in a month: as in the layer, 0 for those that it leaves out."""
    age = now - np.arange(len(months))
    decay = np.where(age >= 0, 2.0 ** (-np.maximum(age, 0) / half_life_months), 0.0)
    return np.asarray((calendar(placed, months) @ decay) * counted(placed.frame))


def _grids(placed: Placed, places: Places, decayed: Floats, spoken: Bools) -> tuple[Floats, Floats, tuple[int, int]]:
    """Return weights and area on squares from the south-west, and row and column of the first among the world's.

    A square with mapped land counts as land wholly, and so does one that an incident lies in: the sum over pixels of
    value x area is the number of incidents.
    """
    atoms, frame = places.atoms, placed.frame
    row, leaf = frame["row"].to_numpy(np.int64), frame["leaf"].to_numpy(np.int64)
    exact = np.flatnonzero((row < 0) & spoken[leaf])
    by_support = np.bincount(row[row >= 0], decayed[row >= 0], placed.weights.shape[0])
    known = spoken[atoms.leaf]
    x = np.concatenate([atoms.longitude[known], frame["longitude"].to_numpy(np.float64)[exact]])
    y = np.concatenate([atoms.latitude[known], frame["latitude"].to_numpy(np.float64)[exact]])
    amount = np.concatenate([np.asarray(by_support @ placed.weights)[known], decayed[exact]])
    row, column, shape, first = _frame(square_id(x, y, SQUARE_DEG))
    weight = np.zeros(shape)
    np.add.at(weight, (row, column), amount)
    edge = (first[0] + np.arange(shape[0] + 1)) * SQUARE_DEG - 90
    land = np.zeros(shape)
    land[row, column] = band_area_km2(edge[:-1], edge[1:], SQUARE_DEG)[row]
    return weight, land, first


def _frame(square: Ints) -> tuple[Ints, Ints, tuple[int, int], tuple[int, int]]:
    """Return rows and columns of squares in the least frame that holds them, which may go round the globe."""
    row, column = np.divmod(square, CIRCLE)
    south, north, west, east = row.min(), row.max(), column.min(), column.max()
    if east - west >= CIRCLE // 2:
        west, east = 0, CIRCLE - 1
    return row - south, column - west, (int(north - south) + 1, int(east - west) + 1), (int(south), int(west))


def _write_cog(path: Path, values: NDArray[np.float32], transform: Affine, tags: Mapping[str, str]) -> None:
    """Write a cloud-optimised GeoTIFF, north up; the same values and tags give the same bytes."""
    height, width = values.shape
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": height, "width": width, "nodata": np.nan}
    with MemoryFile() as memory:
        with memory.open(**profile, crs="EPSG:4326", transform=transform) as raster:
            raster.write(values, 1)
            raster.descriptions, raster.units = (LAYER,), (UNIT,)
            raster.update_tags(**tags)
        cog = {"compress": "DEFLATE", "predictor": "YES", "blocksize": TILE, "overview_resampling": "AVERAGE"}
        copy(memory.name, path, driver="COG", **cog)
