import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.geodesy import area_km2, circle, distance_m, pairs_within
from tests.geo.shapes import chequers, latitudes, longitudes, stars

GEOD = pyproj.Geod(ellps="WGS84")
LATITUDES = [0.0, 30.0, 60.0, 80.0, -80.0]
CENTRES = [(lon, lat) for lon in (25.0, 179.95, -180.0) for lat in LATITUDES]


def one(geometry):
    return area_km2(np.array([geometry], dtype=object))[0]


class TestArea:
    @given(stars(hole=0.3))
    def test_of_a_polygon_is_that_of_geod_along_straight_sides(self, star):
        expected, _ = GEOD.geometry_area_perimeter(shapely.orient_polygons(shapely.segmentize(star, 0.01)))
        assert one(star) == pytest.approx(expected / 1e6, rel=3e-4)

    @pytest.mark.parametrize("lat", LATITUDES)
    @pytest.mark.parametrize("size", [0.001, 0.02, 0.5, 5.0])
    def test_of_a_triangle_is_right_at_every_latitude_and_size(self, lat, size):
        triangle = shapely.Polygon([(30, lat), (30 + size, lat + size), (30, lat + size)])
        expected, _ = GEOD.geometry_area_perimeter(shapely.segmentize(triangle, size / 500))
        assert one(triangle) == pytest.approx(abs(expected) / 1e6, rel=4e-4)

    def test_of_the_world_is_that_of_the_ellipsoid(self):
        assert one(shapely.box(-180, -90, 180, 90)) == pytest.approx(510_065_622, abs=1)

    @given(stars())
    def test_of_parts_sums_to_the_whole(self, star):
        """A side that runs along a parallel for degrees would be another line once it is cut, were it a geodesic."""
        parts = [star.intersection(cell) for cell in chequers(60, 40, star.bounds[0] - 1, star.bounds[1] - 1, 0.5)]
        assert area_km2(np.array(parts)).sum() == pytest.approx(one(star), rel=1e-4)

    def test_holes_are_subtracted_whichever_way_rings_run(self):
        shell, hole = shapely.box(0, 0, 2, 2), shapely.box(0.5, 0.5, 1, 1)
        expected = one(shell) - one(hole)
        for a in (shell.exterior, shell.exterior.reverse()):
            for b in (hole.exterior, hole.exterior.reverse()):
                assert one(shapely.Polygon(a, [b])) == pytest.approx(expected)

    def test_across_the_antimeridian_in_every_notation(self):
        expected = one(shapely.box(10, -18, 12, -16))
        jumping = shapely.Polygon([(179, -18), (-179, -18), (-179, -16), (179, -16)])
        parts = shapely.MultiPolygon([shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)])
        assert one(jumping) == pytest.approx(expected)
        assert one(shapely.box(179, -18, 181, -16)) == pytest.approx(expected)
        assert one(parts) == pytest.approx(expected)

    def test_round_a_pole_is_that_of_the_cap(self):
        ring = shapely.Polygon([((lon + 180) % 360 - 180, -70) for lon in range(0, 360, 5)])
        assert one(ring) == pytest.approx(one(shapely.box(-180, -90, 180, -70)))

    def test_is_given_for_each_geometry_in_its_place(self):
        box = shapely.box(0, 0, 1, 1)
        geometries = np.array([None, box, shapely.Polygon(), shapely.Point(1, 2), shapely.MultiPolygon([box])])
        np.testing.assert_allclose(area_km2(geometries), [np.nan, one(box), 0, 0, one(box)])

    def test_of_nothing_is_nothing(self):
        assert area_km2(np.array([], dtype=object)).shape == (0,)


class TestDistance:
    @given(longitudes, latitudes, longitudes, latitudes)
    def test_is_that_of_geod_and_the_same_both_ways(self, lon1, lat1, lon2, lat2):
        there, back = distance_m(lon1, lat1, lon2, lat2), distance_m(lon2, lat2, lon1, lat1)
        assert there == GEOD.inv(lon1, lat1, lon2, lat2)[2]
        assert there == pytest.approx(back, abs=1e-6)

    def test_crosses_the_antimeridian_the_short_way(self):
        assert distance_m(179.9, 0, -179.9, 0) == pytest.approx(22_263.9, abs=0.1)

    def test_a_degree_of_longitude_shrinks_to_half_at_60_north(self):
        assert distance_m(0, 60, 1, 60) == pytest.approx(55_800, abs=5)

    def test_broadcasts(self):
        assert distance_m(0, 0, [0, 1, 2], [[0], [1]]).shape == (2, 3)

    def test_missing_coordinates_have_no_distance(self):
        np.testing.assert_array_equal(np.isnan(distance_m([np.nan, 0], 0, 0, [0, 91])), [True, True])


class TestCircle:
    @pytest.mark.parametrize(("lon", "lat"), CENTRES)
    @pytest.mark.parametrize("radius_m", [500.0, 5_000.0, 100_000.0])
    def test_has_the_area_and_the_reach_of_the_circle(self, lon, lat, radius_m):
        drawn = circle(lon, lat, radius_m)
        assert drawn.is_valid
        assert one(drawn) == pytest.approx(np.pi * (radius_m / 1e3) ** 2, rel=1e-3)
        x, y = shapely.get_coordinates(drawn).T
        corners = np.abs(x) < 180  # the others were put in where it was cut
        np.testing.assert_allclose(distance_m(lon, lat, x[corners], y[corners]), radius_m, rtol=1e-3)

    @given(longitudes, st.floats(-85, 85), st.floats(100, 200_000), st.floats(0, 360), st.floats(0, 2))
    def test_holds_exactly_the_places_within_its_radius(self, lon, lat, radius_m, azimuth, part):
        assume(abs(part - 1) > 0.003)
        x, y, _ = GEOD.fwd(lon, lat, azimuth, part * radius_m)
        assert shapely.intersects_xy(circle(lon, lat, radius_m), x, y) == (part < 1)

    @pytest.mark.parametrize("lat", [90.0, 89.9, -89.9, -90.0])
    @pytest.mark.parametrize("lon", [0.0, 10.0, 180.0])
    def test_round_a_pole_holds_the_pole(self, lon, lat):
        drawn = circle(lon, lat, 100_000)
        assert drawn.is_valid
        assert drawn.bounds[0] == -180
        assert drawn.bounds[2] == 180
        assert max(abs(drawn.bounds[1]), abs(drawn.bounds[3])) == 90
        assert one(drawn) == pytest.approx(31_416, rel=2e-3)  # sides along a parallel bulge there

    def test_is_cut_at_the_antimeridian(self):
        drawn = circle(179.99, -17, 50_000)
        assert drawn.geom_type == "MultiPolygon"
        assert drawn.bounds[0] == -180
        assert drawn.bounds[2] == 180
        assert circle(170, -17, 50_000).geom_type == "Polygon"

    def test_runs_counter_clockwise(self):
        assert circle(30, 15, 1_000).exterior.is_ccw

    @pytest.mark.parametrize(
        "arguments", [(181, 0, 1), (0, 91, 1), (0, 0, 0), (0, 0, -1), (0, 0, 6e6), (np.nan, 0, 1), (0, 0, 1, 2)]
    )
    def test_that_cannot_be_drawn_is_refused(self, arguments):
        with pytest.raises(UsageError, match="cannot be drawn"):
            circle(*arguments)


def brute_force(a, b, dist_m):
    """Return all pairs by testing every one with Geod."""
    apart = [[GEOD.inv(*p, *q)[2] for q in b] for p in a]
    return {(i, j): d for i, row in enumerate(apart) for j, d in enumerate(row) if d <= dist_m}


places = st.tuples(longitudes, latitudes)
near_180 = st.tuples(st.sampled_from([180.0, -180.0, 179.99, -179.99]), st.floats(-1, 1))
near_pole = st.tuples(longitudes, st.floats(89, 90))


class TestPairs:
    @given(
        st.one_of([st.tuples(*[st.lists(kind, max_size=8)] * 2) for kind in (places, near_180, near_pole)]),
        st.sampled_from([0.0, 1_500.0, 29_000.0, 31_000.0, 150_000.0, 5e6]),
    )
    def test_are_those_that_geod_finds(self, points, dist_m):
        a, b = points
        index_a, index_b, apart_m = pairs_within(
            [x for x, _ in a], [y for _, y in a], [x for x, _ in b], [y for _, y in b], dist_m
        )
        expected = brute_force(a, b, dist_m)
        assert list(zip(index_a.tolist(), index_b.tolist(), strict=True)) == sorted(expected)
        np.testing.assert_allclose(apart_m, [expected[pair] for pair in sorted(expected)], atol=1e-3)

    def test_meet_across_the_antimeridian_and_over_the_pole(self):
        index_a, _, apart_m = pairs_within([179.9, 0.0], [0.0, 89.9], [-179.9, 180.0], [0.0, 89.9], 25_000)
        np.testing.assert_array_equal(index_a, [0, 1])
        np.testing.assert_allclose(apart_m, [22_263.9, 22_338.8], atol=0.1)

    def test_may_be_as_far_apart_as_the_earth_allows(self):
        _, _, apart_m = pairs_within([0.0], [0.0], [180.0, 90.0], [0.0, 0.0], 2.1e7)
        np.testing.assert_allclose(apart_m, [20_003_931.46, 10_018_754.17], atol=0.01)

    def test_exactly_at_the_limit_are_in(self):
        limit = float(distance_m(30, 15, 30.05, 15.02))
        assert len(pairs_within([30], [15], [30.05], [15.02], limit)[0]) == 1
        assert len(pairs_within([30], [15], [30.05], [15.02], np.nextafter(limit, 0))[0]) == 0

    def test_have_the_promised_types_even_when_there_are_none(self):
        for points in (([], []), ([0.0], [0.0])):
            index_a, index_b, apart_m = pairs_within(*points, [90.0], [0.0], 10)
            assert (index_a.dtype, index_b.dtype, apart_m.dtype) == (np.int64, np.int64, np.float64)
            assert len(index_a) == len(index_b) == len(apart_m) == 0

    @pytest.mark.parametrize("bad", [(np.nan, 0), (0, np.inf), (500, 0), (0, -91)])
    def test_of_coordinates_that_are_none_are_refused(self, bad):
        with pytest.raises(UsageError, match="Point 1 lies at"):
            pairs_within([0, bad[0]], [0, bad[1]], [0], [0], 10)

    def test_at_a_negative_or_missing_distance_are_refused(self):
        for dist_m in (-1, np.nan):
            with pytest.raises(UsageError, match="0 m or more"):
                pairs_within([0], [0], [0], [0], dist_m)
