"""Where people live: a town per district, villages around, and the population of every grid cell."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.features import rasterize

from data_pipelines.demo.country import Country
from data_pipelines.demo.land import apart_km, to_degrees, to_km

PERSONS = 3_900_000
RURAL_SHARE = 0.15
"""Of the persons live outside every settlement."""
CAPITAL_PERSONS = 520_000
VILLAGES = 320
CELLS_PER_DEGREE = 60
"""Cells of about 1.8 km."""


@dataclass(frozen=True)
class Settlements:
    """Towns first, in the order of their districts, then villages.

    Attributes
    ----------
    at
        Longitude and latitude, six decimals, shape (n, 2); all on land.
    persons
        Inhabitants, shape (n,).
    district
        Index into the country's districts, shape (n,).
    names
        Such as "Abrixel town" and "Abrixel village 3".
    """

    at: NDArray[np.float64]
    persons: NDArray[np.float64]
    district: NDArray[np.int64]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Persons per cell (float64, NaN at sea), the district of each cell (-1 at sea), and where the cells lie."""

    persons: NDArray[np.float64]
    district: NDArray[np.int64]
    transform: Affine


def settle(country: Country, rng: np.random.Generator) -> Settlements:
    """Place towns and villages and give them inhabitants: towns by a rank-size rule, villages lognormal."""
    villages_at, villages_in = _villages(country, rng)
    towns_at = to_degrees(country.towns_km).round(6)
    district = np.concatenate((np.arange(len(towns_at)), villages_in))
    towns = CAPITAL_PERSONS / (1 + _ranks(country, rng)) ** 0.85
    villages = np.exp(7.6 + 0.7 * rng.standard_normal(len(villages_in)))
    persons = np.concatenate((towns, villages))
    persons *= PERSONS * (1 - RURAL_SHARE) / persons.sum()
    return Settlements(np.concatenate((towns_at, villages_at)), persons, district, _names(country, villages_in))


def _ranks(country: Country, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank towns by size: the more crowded the districts around one, the larger, with some luck."""
    apart = apart_km(country.towns_km, country.towns_km)
    crowding = np.sort(apart, axis=1)[:, 1:5].mean(axis=1) * np.exp(0.25 * rng.standard_normal(len(apart)))
    crowding[country.province_of == country.province_of.max()] += 100
    return np.argsort(np.argsort(crowding))


def _villages(country: Country, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return villages that gather around towns but reach everywhere, with the district each lies in."""
    around = country.towns_km[rng.integers(len(country.towns_km), size=4 * VILLAGES)]
    angle = 2 * np.pi * rng.random(len(around))
    away = 3 - 16 * np.log(1 - rng.random(len(around)))
    at = to_degrees(around + away[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))).round(6)
    district = district_at(country, at)
    kept = np.flatnonzero(district >= 0)[:VILLAGES]
    return at[kept], district[kept]


def district_at(country: Country, at: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index of the district each point (longitude, latitude) lies inside, -1 at sea or on a border."""
    found = np.full(len(at), -1)
    for index, shape in enumerate(country.shapes):
        shapely.prepare(shape)
        found[shapely.contains_xy(shape, at)] = index
    return found


def _names(country: Country, villages_in: NDArray[np.int64]) -> tuple[str, ...]:
    """Return names, numbering the villages of each district."""
    towns = [f"{district.name} town" for district in country.districts]
    nth = [int((villages_in[: i + 1] == d).sum()) for i, d in enumerate(villages_in)]
    return (*towns, *(f"{country.districts[d].name} village {n}" for d, n in zip(villages_in, nth, strict=True)))


def populate(country: Country, settlements: Settlements, rng: np.random.Generator) -> Grid:
    """Spread the inhabitants over the cells of land, thinning out with the distance from their settlement."""
    west, south, east, north = shapely.total_bounds(country.shapes)
    column, row = np.floor(west * CELLS_PER_DEGREE), np.ceil(north * CELLS_PER_DEGREE)
    size = (int(row - np.floor(south * CELLS_PER_DEGREE)), int(np.ceil(east * CELLS_PER_DEGREE) - column))
    step = 1 / CELLS_PER_DEGREE
    transform = Affine(step, 0, column / CELLS_PER_DEGREE, 0, -step, row / CELLS_PER_DEGREE)
    marks = ((shape, index + 1) for index, shape in enumerate(country.shapes))
    district = rasterize(marks, out_shape=size, transform=transform, dtype="int32").astype(np.int64) - 1
    persons = _spread(settlements, district, transform, rng)
    return Grid(np.where(district >= 0, persons.round(3), np.nan), district, transform)


def _spread(
    settlements: Settlements, district: NDArray[np.int64], transform: Affine, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return persons per cell, zero at sea."""
    land = np.argwhere(district >= 0)
    degrees = np.column_stack(
        (transform.c + (land[:, 1] + 0.5) / CELLS_PER_DEGREE, transform.f - (land[:, 0] + 0.5) / CELLS_PER_DEGREE)
    )
    cells = to_km(degrees)
    rural = 0.3 + rng.random(len(cells))
    on_land = PERSONS * RURAL_SHARE * rural / rural.sum()
    for place, persons in zip(to_km(settlements.at), settlements.persons, strict=True):
        apart = apart_km(cells, place[None])[:, 0]
        near = np.flatnonzero(apart < 15)
        weight = np.exp(-apart[near] / (1.0 + persons / 150_000))
        on_land[near] += persons * weight / weight.sum()
    spread = np.zeros(district.shape)
    spread[land[:, 0], land[:, 1]] = on_land
    return spread
