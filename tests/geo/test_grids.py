import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.grids import cell_bounds, cell_id, cell_polygon
from tests.geo.shapes import latitudes, longitudes


@given(longitudes, latitudes)
def test_a_point_lies_in_its_cell(lon, lat):
    west, south, east, north = cell_bounds(cell_id(lon, lat))
    assert west <= lon < east or lon == east == 180
    assert south <= lat < north or lat == north == 90


@given(st.integers(1, 259_200))
def test_the_middle_and_the_south_west_corner_of_a_cell_lead_back_to_it(gid):
    west, south, east, north = cell_bounds(gid)
    assert cell_id(west, south) == gid
    assert cell_id((west + east) / 2, (south + north) / 2) == gid


def test_numbers_start_in_the_south_west_and_end_in_the_north_east():
    np.testing.assert_array_equal(cell_id([-180, 179.9, 180, -180, 180], [-90, -90, -90, 90, 90]),
                                  [1, 720, 720, 258_481, 259_200])  # fmt: skip


def test_a_hair_west_of_a_line_is_west_of_it():
    np.testing.assert_array_equal(cell_id([-1e-300, 0.0], [-1e-17, 0.0]), [129_240, 129_961])


def test_polygons_are_the_boxes_of_the_cells():
    polygons = cell_polygon([1, 259_200])
    assert [p.bounds for p in polygons] == [(-180, -90, -179.5, -89.5), (179.5, 89.5, 180, 90)]


def test_shapes_follow_the_input():
    assert cell_id(np.zeros((2, 3)), np.zeros((2, 3))).shape == (2, 3)
    assert cell_bounds(np.ones((2, 3), dtype=int)).shape == (2, 3, 4)
    assert cell_polygon(np.array([], dtype=int)).shape == (0,)
    assert cell_id([], []).dtype == np.int64


@pytest.mark.parametrize("bad", [(np.nan, 0), (180.1, 0), (0, -90.1), (np.inf, 0)])
def test_places_off_the_map_are_refused(bad):
    with pytest.raises(UsageError, match="1 points lie outside"):
        cell_id([0, bad[0]], [0, bad[1]])


@pytest.mark.parametrize("gid", [0, 259_201, -1])
def test_numbers_that_are_no_cell_are_refused(gid):
    with pytest.raises(UsageError, match="1 to 259200"):
        cell_bounds([1, gid])


def test_ucdp_numbers_its_events_alike(realdata):
    """All but 5 of 3,822, which stand at one place on a cell's edge."""
    with (realdata / "incidents" / "conflict_data_sdn.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["id"]]
    lon, lat, theirs = (
        np.array([float(row[name]) for row in rows]) for name in ("longitude", "latitude", "priogrid_gid")
    )
    differs = cell_id(lon, lat) != theirs
    assert differs.sum() == 5
    assert {*zip(lon[differs], lat[differs], strict=True)} == {(22.62, 14.0)}
