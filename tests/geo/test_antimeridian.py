import math

import pytest
import shapely
from hypothesis import given

from geo.antimeridian import split
from tests.geo.shapes import stars


def folded(geometry):
    """Write longitudes as providers do: back in +-180, so that a ring across 180 jumps."""
    return shapely.transform(geometry, lambda x, y: ((x + 180) % 360 - 180, y), interleaved=False)


def moved_east(geometry, degrees):
    return shapely.transform(geometry, lambda x, y: (x + degrees, y), interleaved=False)


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON ((10 0, 20 0, 20 5, 10 0))",
        "MULTIPOLYGON (((170 0, 180 0, 180 5, 170 0)), ((171 10, 180 10, 180 15, 171 10)))",
        "LINESTRING (-90 0, 90 0)",
        "POINT (180 0)",
        "POLYGON EMPTY",
    ],
)
def test_what_does_not_cross_is_returned_itself(wkt):
    geometry = shapely.from_wkt(wkt)
    assert split(geometry) is geometry


def test_both_notations_give_the_same_two_parts():
    expected = shapely.MultiPolygon([shapely.box(177, -20, 180, -16), shapely.box(-180, -20, -178, -16)])
    assert split(shapely.box(177, -20, 182, -16)).equals(expected)
    assert split(folded(shapely.box(177, -20, 182, -16))).equals(expected)


def test_the_line_of_rfc_7946():
    cut = split(shapely.LineString([(170, 45), (-168, 45)]))
    assert cut.equals(shapely.from_wkt("MULTILINESTRING ((170 45, 180 45), (-180 45, -168 45))"))


def test_a_box_round_the_world_stays():
    world = shapely.box(-180, -90, 180, 90)
    assert split(world).equals(world)


def test_a_hole_is_cut_whichever_side_it_was_given_on():
    ring, hole = shapely.box(177, -20, 183, -14).exterior, shapely.box(179, -18, 181, -16).exterior
    for written in (hole, folded(hole), moved_east(hole, -360)):
        cut = split(shapely.Polygon(ring, [written]))
        assert cut.is_valid
        assert cut.area == pytest.approx(36 - 4)


def test_a_ring_round_a_pole_holds_it():
    ring = shapely.Polygon([(lon, -70) for lon in range(0, 360, 10)])
    cap = split(folded(ring))
    assert cap.geom_type == "Polygon"
    assert cap.is_valid
    assert cap.equals(shapely.box(-180, -90, 180, -70))


def test_an_area_that_ends_on_the_antimeridian_gets_no_sliver_beyond_it():
    assert split(shapely.box(180, 0, 190, 1)).equals(shapely.box(-180, 0, -170, 1))


def test_a_border_along_the_antimeridian_leaves_no_line_behind():
    cut = split(shapely.union(shapely.box(170, 0, 180, 3), shapely.box(180, 2, 190, 3)))
    assert cut.equals(shapely.MultiPolygon([shapely.box(170, 0, 180, 3), shapely.box(-180, 2, -170, 3)]))
    assert [part.geom_type for part in cut.geoms] == ["Polygon", "Polygon"]


def test_a_line_that_touches_the_antimeridian_leaves_no_point_behind():
    cut = split(shapely.LineString([(170, 0), (180, 1), (170, 2), (170, 3), (190, 3)]))
    assert {part.geom_type for part in cut.geoms} == {"LineString"}
    assert cut.length == pytest.approx(2 * math.hypot(10, 1) + 1 + 20)


def test_points_are_wrapped():
    assert split(shapely.Point(190, 5)).equals(shapely.Point(-170, 5))
    assert split(shapely.MultiPoint([(179, 0), (181, 0)])).equals(shapely.MultiPoint([(179, 0), (-179, 0)]))


def test_a_collection_keeps_its_kinds():
    cut = split(shapely.GeometryCollection([shapely.Point(181, 0), shapely.LineString([(179, 0), (181, 0)])]))
    assert sorted(part.geom_type for part in cut.geoms) == ["LineString", "LineString", "Point"]


@given(stars(max_lon=8))
def test_cutting_keeps_the_place_and_its_size(star):
    across = moved_east(star, 180)
    for written in (across, folded(across)):
        cut = split(written)
        west, _, east, _ = cut.bounds
        assert -180 <= west <= east <= 180
        assert cut.is_valid
        assert cut.area == pytest.approx(star.area)
        assert split(cut).equals(cut)
