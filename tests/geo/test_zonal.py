import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import example, given
from hypothesis import strategies as st

from geo import raster, zonal
from geo.crs import CRS84
from geo.geodesy import area_km2
from tests.geo.shapes import chequers, coverage, stars

WORLD = Affine(1, 0, -180, 0, -1, 90), (180, 360)


def counts(shape, seed=1):
    return np.random.default_rng(seed).gamma(0.5, 100, shape)


def plain(polygons, values, transform, what):
    """Return what exactextract says of a raster by itself."""
    height, width = values.shape
    edges = transform.c, transform.f + height * transform.e, transform.c + width * transform.a, transform.f
    frame = gpd.GeoDataFrame({"i": range(len(polygons))}, geometry=polygons, crs=CRS84)
    found = exact_extract(NumPyRasterSource(values, *edges, srs_wkt=CRS84), frame, [what], output="pandas")
    return found[what].to_numpy()


def test_sums_and_means_are_those_of_exactextract():
    """No pixel of it lies on a coast; means over pixels of one row have no weights."""
    districts = coverage(40, box=(20.0, 5.0, 28.0, 12.0))
    transform, values = Affine(0.1, 0, 22, 0, -0.1, 11), counts((40, 40))
    of = zonal.coverage(districts, transform, values.shape)
    assert zonal.sums(of, values) == pytest.approx(plain(districts, values, transform, "sum"), rel=1e-7)
    row = values[:1]
    of = zonal.coverage(districts, transform, row.shape)
    expected = plain(districts, row, transform, "mean")
    assert zonal.means(of, row, transform) == pytest.approx(expected, rel=1e-6, nan_ok=True)


@given(stars(), st.floats(0.2, 3))
def test_the_parts_of_pixels_make_up_a_polygons_area_in_degrees(star, step):
    transform = Affine(step, 0, -180, 0, -step, 80)
    shape = int(160 / step) + 1, int(360 / step) + 1
    of = zonal.coverage(np.array([star]), transform, shape)
    assert of.part.sum() * step**2 == pytest.approx(star.area, rel=1e-6)
    assert 0 <= of.part.min() <= of.part.max() <= 1


@given(st.integers(0, 1000))
@example(35)  # a district reaches 1e-8 of a pixel into one that another covers whole
def test_nobody_inside_is_lost_or_counted_twice(seed):
    """Crooked districts fill a box that cuts pixels; beyond it live people, too, so that it has no coast."""
    districts, transform = coverage(12, seed, box=(20.03, 5.02, 24.07, 9.01)), Affine(0.3, 0, 18, 0, -0.3, 11)
    values = counts((30, 30), seed) + 0.01
    of = zonal.coverage(districts, transform, values.shape)
    together = zonal.coverage(np.array([shapely.union_all(districts)]), transform, values.shape)
    assert zonal.sums(of, values).sum() == pytest.approx(zonal.sums(together, values)[0], rel=1e-7)
    wholly = np.where(of.covered == 1, values, 0)
    assert (of.part @ wholly.ravel()).sum() == pytest.approx(wholly.sum(), rel=1e-12)


def test_people_in_a_pixel_that_is_half_sea_live_on_its_land():
    """Two islands share the middle pixel by their parts, though half of it is sea."""
    islands = shapely.box([0.0, 1.25], [0.0, 0.0], [1.25, 1.5], [1.0, 1.0])
    values = np.array([[np.nan, np.nan, np.nan], [10.0, 8.0, np.nan], [0.0, 0.0, np.nan]])
    of = zonal.coverage(islands, Affine(1, 0, 0, 0, -1, 2), values.shape)
    assert zonal.sums(of, values) == pytest.approx([14, 4])


def test_people_in_a_pixel_on_a_border_are_shared_with_those_beyond():
    land = shapely.box([0.0], [0.0], [1.25], [1.0])
    values = np.array([[10.0, 8.0, 1.0]])
    assert zonal.sums(zonal.coverage(land, Affine(1, 0, 0, 0, -1, 1), values.shape), values) == pytest.approx([12])


def test_overlapping_polygons_share_what_both_claim():
    claims = shapely.box([0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [1.0, 1.0])
    of = zonal.coverage(claims, Affine(1, 0, 0, 0, -1, 1), (1, 2))
    assert zonal.sums(of, np.array([[10.0, 4.0]])) == pytest.approx([5, 9])


def test_no_data_is_nobody_and_no_density():
    boxes = np.array([*chequers(2, 1), shapely.Polygon(), None, shapely.box(50, 50, 51, 51)], dtype=object)
    values, transform = np.array([[np.nan, 3.0]]), Affine(1, 0, 0, 0, -1, 1)
    of = zonal.coverage(boxes, transform, values.shape)
    assert zonal.sums(of, values).tolist() == [0, 3, 0, 0, 0]
    assert zonal.means(of, values, transform) == pytest.approx([np.nan, 3, np.nan, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    "island",
    [
        shapely.box(178.5, -18.5, 181.25, -16),
        shapely.union_all(shapely.box([178.5, -180], [-18.5, -18.5], [180, -178.75], [-16, -16])),
        shapely.Polygon([(178.5, -18.5), (-178.75, -18.5), (-178.75, -16), (178.5, -16)]),
    ],
)
@pytest.mark.parametrize(
    "grid", [WORLD, (Affine(1, 0, 0, 0, -1, 90), (180, 360)), (Affine(1, 0, 170, 0, -1, 0), (30, 20))]
)
def test_an_island_across_the_antimeridian_is_whole_in_any_notation(island, grid):
    transform, shape = grid
    row, column = (np.arange(n) + 0.5 for n in shape)
    turn = (transform.c + column - 170) % 360
    values = np.abs(transform.f - row)[:, None] + turn
    of = zonal.coverage(np.array([island]), transform, shape)
    # columns 178.5 to 181.25 by rows -18.5 to -16, of |latitude| + degrees east of 170
    east, north = np.array([8.5, 9.5, 10.5, 11.5]), np.array([16.5, 17.5, 18.5])
    weight = np.outer([1, 1, 0.5], [0.5, 1, 1, 0.25])
    assert zonal.sums(of, values) == pytest.approx(((north[:, None] + east) * weight).sum(), rel=1e-9)


def test_means_are_by_area_on_the_ellipsoid():
    """Pixels that reach from the equator to 60 and from there to the pole: 0.866 and 0.134 of the area on a sphere."""
    boxes, transform = np.array([shapely.box(0, -0.0, 30, 90)]), Affine(30, 0, 0, 0, -30, 90)
    values = np.array([[6.0], [3.0], [0.0]])
    area = raster.pixel_area_km2(transform, 3)
    mean = zonal.means(zonal.coverage(boxes, transform, values.shape), values, transform)
    assert area.sum() == pytest.approx(area_km2(boxes)[0], rel=1e-4)
    assert mean == pytest.approx((area * values[:, 0]).sum() / area.sum())
    assert 1.8 < mean[0] < 2.1
