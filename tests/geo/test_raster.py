import numpy as np
import pytest
import shapely
from affine import Affine

from geo import raster, support
from geo.geodesy import area_km2


@pytest.mark.parametrize("latitude", [-80.0, -30.0, 0.0, 15.25, 60.0, 89.5])
def test_box_areas_equal_the_geodesic_polygon(latitude):
    box = shapely.segmentize(shapely.box(20, latitude, 20.5, latitude + 0.5), 0.01)
    exact = raster.band_area_km2(np.array([latitude]), np.array([latitude + 0.5]), 0.5)
    assert exact == pytest.approx(area_km2(np.array([box])), rel=1e-6)


def test_the_whole_globe():
    assert raster.band_area_km2(np.array([-90.0]), np.array([90.0]), 360.0) == pytest.approx(510_065_621.7, rel=1e-9)


# Pixels of 1/6 degree do not nest in squares of 0.05; on pure noise the 5 x 5 points of a square miss 1.5 %.
@pytest.mark.parametrize(("pixel_deg", "rel"), [(1 / 120, 0.002), (1 / 60, 0.002), (1 / 6, 0.02), (0.5, 0.002)])
def test_spread_keeps_the_persons_of_land_that_pixels_cover(pixel_deg, rel):
    atoms = support.atoms_of(np.array([shapely.box(30, 10, 31, 11)]))
    n = round(2 / pixel_deg)
    transform = Affine(pixel_deg, 0, 29.5, 0, -pixel_deg, 11.5)
    density = np.random.default_rng(3).gamma(0.5, 100, (n, n))
    persons = density * raster.pixel_area_km2(transform, n)[:, None]
    found = raster.spread(persons, transform, atoms.longitude, atoms.latitude, atoms.area_km2, support.SQUARE_DEG)
    x = 29.5 + (np.arange(n) + 0.5) * pixel_deg
    y = 11.5 - (np.arange(n) + 0.5) * pixel_deg
    inside = ((x > 30) & (x < 31))[None, :] & ((y > 10) & (y < 11))[:, None]
    assert found.sum() == pytest.approx(persons[inside].sum(), rel=rel)


def test_no_data_holds_nobody():
    atoms = support.atoms_of(np.array([shapely.box(30, 10, 31, 11)]))
    persons = np.full((2, 2), np.nan)
    found = raster.spread(
        persons, Affine(1, 0, 29.5, 0, -1, 11.5), atoms.longitude, atoms.latitude, atoms.area_km2, support.SQUARE_DEG
    )
    assert found.sum() == 0
