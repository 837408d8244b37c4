import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given

from geo.crs import CRS84, MERCATOR, MERCATOR_LIMIT_M, geometries_to_mercator, to_mercator
from tests.geo.shapes import latitudes, longitudes


def test_longitude_comes_first():
    x, y = to_mercator(30.0, 15.0)
    assert x == pytest.approx(3_339_584.72, abs=0.01)
    assert y == pytest.approx(1_689_200.14, abs=0.01)


def test_names_of_the_systems_are_known_to_proj():
    assert pyproj.CRS(CRS84).axis_info[0].direction == "east"
    assert pyproj.CRS(MERCATOR).to_epsg() == 3857


@given(longitudes, latitudes)
def test_every_place_lands_in_the_square(lon, lat):
    x, y = to_mercator(lon, lat)
    assert abs(x) <= MERCATOR_LIMIT_M
    assert abs(y) <= MERCATOR_LIMIT_M


def test_what_lies_outside_is_drawn_on_the_nearer_edge():
    x, y = to_mercator([181.0, -540.0, 0.0, 0.0], [0.0, 0.0, 90.0, -86.0])
    np.testing.assert_array_equal(x, [MERCATOR_LIMIT_M, -MERCATOR_LIMIT_M, 0, 0])
    np.testing.assert_array_equal(y[2:], [MERCATOR_LIMIT_M, -MERCATOR_LIMIT_M])


def test_missing_coordinates_stay_missing():
    x, y = to_mercator([np.nan], [1.0])
    assert np.isnan(x[0])
    assert np.isnan(y[0])


def test_geometries_are_projected_vertex_by_vertex():
    polygon = shapely.Polygon([(30, 10), (31, 10), (31, 11)], holes=[[(30.6, 10.1), (30.9, 10.1), (30.9, 10.4)]])
    projected, missing, empty = geometries_to_mercator(np.array([polygon, None, shapely.Polygon()], dtype=object))
    x, y = to_mercator(*shapely.get_coordinates(polygon).T)
    np.testing.assert_array_equal(shapely.get_coordinates(projected), np.column_stack([x, y]))
    assert missing is None
    assert empty.is_empty


def test_heights_are_dropped():
    (point,) = geometries_to_mercator(np.array([shapely.Point(1, 2, 3)], dtype=object))
    assert not point.has_z


def test_the_network_is_off():
    assert not pyproj.network.is_network_enabled()
