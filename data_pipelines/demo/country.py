"""The demo country: named and coded provinces and districts over the drawn ground."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data_pipelines.demo.land import Ground, shape_ground
from data_pipelines.demo.names import COUNTRY, DISTRICTS, ISO2, PROVINCES
from geo.geodesy import area_km2

GROUND_SEED = 145
"""Chosen by eye among the few of 160 whose islands keep apart and whose districts are each in one piece."""
SEED = 20260115


@dataclass(frozen=True)
class Area:
    """One administrative area; `anchor` is a point inside it (longitude, latitude)."""

    code: str
    name: str
    parent: str
    geometry: shapely.Geometry
    anchor: tuple[float, float]

    @property
    def area_km2(self) -> float:
        """Area on the ellipsoid, in km2."""
        return float(area_km2(np.array([self.geometry]))[0])


@dataclass(frozen=True)
class Country:
    """Provinces, districts and the whole land; `province_of` gives each district's index in `provinces`."""

    provinces: tuple[Area, ...]
    districts: tuple[Area, ...]
    province_of: NDArray[np.int64]
    towns_km: NDArray[np.float64]
    whole: Area

    @property
    def shapes(self) -> NDArray[np.object_]:
        """District geometries in order."""
        return np.array([district.geometry for district in self.districts])


def stream(number: int) -> np.random.Generator:
    """Return one of the independent random streams, so that a change in one file leaves the others as they were."""
    return np.random.default_rng([SEED, number])


def found_country() -> Country:
    """Draw the country and name its areas; P-codes run XD01, XD0101 and so on."""
    ground = shape_ground(np.random.default_rng(GROUND_SEED))
    codes = _district_codes(ground)
    districts = tuple(
        _area(code, name, code[:4], shape) for code, name, shape in zip(codes, DISTRICTS, ground.districts, strict=True)
    )
    provinces = tuple(
        _area(f"{ISO2}{i + 1:02d}", name, ISO2, shapely.coverage_union_all(ground.districts[ground.province == i]))
        for i, name in enumerate(PROVINCES)
    )
    whole = _area(ISO2, COUNTRY, "", shapely.coverage_union_all(ground.districts))
    return Country(provinces, districts, ground.province, ground.towns_km, whole)


def _district_codes(ground: Ground) -> list[str]:
    """Return P-codes, numbering districts within their province in their order."""
    firsts = np.searchsorted(ground.province, ground.province)
    return [
        f"{ISO2}{p + 1:02d}{i - first + 1:02d}"
        for i, (p, first) in enumerate(zip(ground.province, firsts, strict=True))
    ]


def _area(code: str, name: str, parent: str, shape: shapely.Geometry) -> Area:
    """Return an area with a point inside it, its rings in the order that RFC 7946 asks for."""
    anchor = shapely.point_on_surface(shape)
    geometry = shapely.orient_polygons(shapely.normalize(shape))
    return Area(code, name, parent, geometry, (round(anchor.x, 6), round(anchor.y, 6)))
