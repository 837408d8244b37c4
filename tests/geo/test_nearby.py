import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from geo.antimeridian import split
from geo.geodesy import distance_m, ecef
from geo.grids import cell_id, cell_polygon
from geo.nearby import Near, polygons_nearby
from geo.nearby_cells import cells_nearby
from geo.neighbours import queen
from tests.geo.shapes import chequers, coverage

LIMIT_M = 200_000.0


def nearby(geometries, within_m=LIMIT_M) -> dict:
    """Return the distances by pair, after looking at their order."""
    geometries = np.asarray(geometries, object)
    return by_pair(polygons_nearby(geometries, queen(geometries), within_m))


def by_pair(near: Near) -> dict:
    keys = list(zip(near.one.tolist(), near.other.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert set(keys) == {(other, one) for one, other in keys}
    assert (near.one.dtype, near.other.dtype, near.dist_m.dtype) == (np.int64, np.int64, np.float64)
    return dict(zip(keys, near.dist_m.tolist(), strict=True))


def brute_force(geometries) -> np.ndarray:
    """Return all distances between points 0.005 degrees apart on the boundaries, less than 280 m too far apart each."""
    fine = [ecef(*shapely.get_coordinates(shapely.segmentize(each, 0.005)).T) for each in geometries]
    trees = [cKDTree(points) for points in fine]
    chord_m = np.array([[trees[b].query(fine[a])[0].min() for b in range(len(fine))] for a in range(len(fine))])
    apart_m = 2 * 6_371_009 * np.arcsin(chord_m / (2 * 6_371_009))
    return np.where(shapely.distance(geometries[:, None], geometries[None, :]) < 1e-6, 0, apart_m)


def placed(lon, lat, wide):
    """Return 24 crooked polygons that fill a box round a place, without gaps."""
    return np.array(
        [
            split(each)
            for each in shapely.transform(
                coverage(24, seed=3),
                lambda x, y: (lon + (x - 30) / 20 * wide, lat + (y - 12.5) / 15 * 5),
                interleaved=False,
            )
        ]
    )


@pytest.mark.parametrize(
    ("lon", "lat", "wide"), [(25, 0, 5), (25, 60, 10), (-40, -80, 25), (179.5, -17, 5), (-180, 70, 12)]
)
def test_distances_are_those_between_points_on_the_boundaries(lon, lat, wide):
    geometries = placed(lon, lat, wide)
    found, expected = nearby(geometries), brute_force(geometries)
    assert len(found) > 100
    assert {key for key in found if expected[key] < LIMIT_M - 500} == {
        (i, j) for i, j in np.argwhere(expected < LIMIT_M - 500).tolist() if i != j
    }
    for key, dist_m in found.items():
        assert dist_m == pytest.approx(expected[key], abs=300)
        assert (dist_m == 0) == (expected[key] == 0)


@given(
    st.tuples(st.floats(-180, 180), st.floats(-85, 85)),
    st.tuples(st.floats(0, 360), st.floats(2_000, 190_000)),
    st.tuples(st.floats(0.001, 0.2), st.floats(0.001, 0.2)),
)
@settings(max_examples=200, deadline=None)
def test_two_small_shapes_are_no_further_apart_than_their_middles_and_no_nearer_than_their_sizes_allow(at, off, sizes):
    (lon, lat), (azimuth, apart_m) = at, off
    x, y = (
        lon + apart_m / 111_320 / np.cos(np.radians(lat)) * np.sin(azimuth),
        lat + apart_m / 111_320 * np.cos(azimuth),
    )
    x = (x + 180) % 360 - 180
    shapes = [split(shapely.Point(*p).buffer(size, 2)) for p, size in (((lon, lat), sizes[0]), ((x, y), sizes[1]))]
    middles_m = float(distance_m(lon, lat, x, y))
    found = nearby(shapes, 1_000_000).get((0, 1))
    assert found is not None
    assert middles_m - sum(sizes) * 112_000 - 230 <= found <= middles_m


class TestPolygons:
    def test_apart_along_the_equator_a_meridian_and_the_antimeridian(self):
        west, east, north = (
            shapely.box(179, -0.5, 179.5, 0.5),
            shapely.box(-180, 0, -179, 1),
            shapely.box(179, 1, 179.5, 2),
        )
        found = nearby([west, east, north])
        assert found[0, 1] == pytest.approx(distance_m(179.5, 0.5, 180, 0.5), abs=0.2)
        assert found[0, 2] == found[2, 0] == pytest.approx(distance_m(179, 0.5, 179, 1), abs=0.01)

    def test_over_the_pole(self):
        found = nearby([shapely.box(-10, 88, 10, 89.5), shapely.box(170, 88, 180, 89.5)])
        assert found[0, 1] == pytest.approx(distance_m(10, 89.5, 170, 89.5), rel=1e-5)

    def test_that_touch_overlap_or_hold_each_other_are_0_apart(self):
        shapes = [
            shapely.box(0, 0, 4, 4),
            shapely.box(4, 0, 5, 1),
            shapely.box(3.5, 3.5, 5, 5),
            shapely.box(1, 1, 1.2, 1.2),
        ]
        found = nearby(shapes)
        assert [found[0, n] for n in (1, 2, 3)] == [0, 0, 0]

    def test_inside_a_hole_are_as_far_as_its_rim(self):
        ring = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 3, 3)
        assert nearby([ring, shapely.box(1.5, 1.5, 2.5, 2.5)])[0, 1] == pytest.approx(
            distance_m(1.5, 1, 1.5, 1.5), rel=1e-5
        )

    def test_exactly_at_the_limit_are_in(self):
        shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 1.5, 2, 2)]
        limit = nearby(shapes)[0, 1]
        assert (0, 1) in nearby(shapes, limit)
        assert nearby(shapes, np.nextafter(limit, 0)) == {}

    def test_alone_or_without_shape_are_near_nothing(self):
        assert nearby(chequers(1, 1)) == {}
        assert nearby([]) == {}
        assert nearby([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)]) == {}

    def test_a_polygon_of_many_parts_is_as_near_as_its_nearest_part(self):
        islands = shapely.MultiPolygon([shapely.box(n, 0, n + 0.1, 0.1) for n in (0, 3, 9)])
        assert nearby([islands, shapely.box(9.5, 0, 10, 0.1)])[1, 0] == pytest.approx(distance_m(9.1, 0, 9.5, 0), abs=1)


class TestCells:
    @pytest.mark.parametrize("lat", [-89.9, -80.1, -60.1, -0.1, 0.6, 30.1, 60.1, 80.1, 85.1])
    @pytest.mark.parametrize("lon", [20.1, 179.9])
    def test_are_as_far_apart_as_their_squares(self, lon, lat):
        near = min(2.5 / np.cos(np.radians(lat)), 4.5)
        lons = (np.arange(lon - near, lon + near, 0.5) + 180) % 360 - 180
        lats = [each for each in np.arange(lat - 1, lat + 1.6, 0.5) if -90 <= each <= 90]
        gid = np.unique(cell_id(*(each.ravel() for each in np.meshgrid(lons, lats))))
        found, squares = by_pair(cells_nearby(gid, LIMIT_M)), nearby(cell_polygon(gid))
        sure = {key for key, dist_m in squares.items() if dist_m < LIMIT_M - 100}
        assert sure <= set(found)
        assert {key for key, dist_m in found.items() if dist_m < LIMIT_M - 100} <= set(squares)
        for key in sure:
            assert found[key] == pytest.approx(squares[key], rel=2e-4, abs=1)

    def test_touch_in_an_edge_or_a_corner_also_across_the_antimeridian(self):
        gid = cell_id([179.9, -179.9, 179.4, -179.9], [0.1, 0.6, 0.1, 1.1])
        found = by_pair(cells_nearby(gid, LIMIT_M))
        assert [found[key] for key in ((0, 1), (1, 0), (0, 2), (1, 3))] == [0, 0, 0, 0]
        assert found[2, 1] == pytest.approx(distance_m(0, 0.5, 0.5, 0.5), abs=0.01)

    def test_on_the_equator_are_near_to_four_on_either_side(self):
        """Between a cell and the next but four lie three cells of 55.7 km, 167 km; the one after is 223 km away."""
        found = by_pair(cells_nearby(np.arange(1, 40) + 720 * 180, LIMIT_M))
        assert sorted(other for one, other in found if one == 16) == [12, 13, 14, 15, 17, 18, 19, 20]
        assert [found[16, other] for other in (17, 18, 20)] == pytest.approx([0, 55_659.7, 166_979.2], rel=1e-4)

    def test_of_the_row_round_a_pole_all_meet_there_and_are_listed_once(self):
        gid = np.arange(1, 721)
        found = by_pair(cells_nearby(gid, LIMIT_M))
        assert len(found) == 720 * 719
        assert max(found.values()) < 1e-6

    def test_of_nothing_are_nothing(self):
        assert by_pair(cells_nearby(np.array([], np.int64), LIMIT_M)) == {}
