import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.locate import locate
from tests.geo.shapes import chequers, coverage, stars


def texts(n):
    return np.array([f"XD{i:03d}" for i in range(n)], dtype=object)


def brute_force(lon, lat, polygons, ids):
    """Return the first id as text among all polygons that intersect each point, by testing every one."""
    hits = [
        [i for p, i in zip(polygons, ids, strict=True) if p.intersects(shapely.Point(xy))]
        for xy in zip(lon, lat, strict=True)
    ]
    return [min(found, key=str, default=None) for found in hits]


@given(st.lists(stars(max_lon=12, max_lat=12), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_agrees_with_testing_every_polygon_also_on_borders_and_corners(polygons, random):
    corners = shapely.get_coordinates(polygons)
    middles = (corners[1:] + corners[:-1]) / 2
    inside = np.array([[random.uniform(-22, 22), random.uniform(-22, 22)] for _ in range(20)])
    lon, lat = np.vstack([corners, middles, inside]).T
    ids = texts(len(polygons))
    random.shuffle(ids)
    located = locate(lon, lat, np.array(polygons), ids)
    assert located.tolist() == brute_force(lon, lat, polygons, ids)


def test_every_point_of_a_coverage_is_placed_once_as_sjoin_does():
    polygons, rng = coverage(60), np.random.default_rng(1)
    ids = texts(len(polygons))
    lon, lat = rng.uniform(19, 41, 5_000), rng.uniform(4, 21, 5_000)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat, crs="OGC:CRS84"))
    joined = gpd.sjoin(points, gpd.GeoDataFrame({"id": ids}, geometry=polygons, crs="OGC:CRS84"), predicate="within")
    located = locate(lon, lat, polygons, ids)
    placed = np.flatnonzero(located != None)  # noqa: E711  # elementwise
    assert not joined.index.has_duplicates
    assert sorted(joined.index) == placed.tolist()
    assert (joined["id"].sort_index().to_numpy() == located[placed]).all()


def test_borders_and_corners_belong_to_the_smallest_id():
    """`within` loses these points and `intersects` counts them two to four times."""
    polygons, ids = chequers(3, 3), np.array(["I", "H", "G", "F", "E", "D", "C", "B", "A"], dtype=object)
    assert locate([1, 0.5, 1, 0, 2], [1, 1, 0.5, 0, 2], polygons, ids).tolist() == ["E", "F", "H", "I", "A"]


def test_ids_are_compared_as_text_and_returned_as_they_are():
    polygons = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    assert locate([1.0], [0.5], polygons, np.array([9, 10], dtype=object)).tolist() == [10]


def test_points_outside_in_holes_or_without_coordinates_are_nowhere():
    ring = np.array([shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)])
    lon, lat = [1.5, 5.0, np.nan, 0.5, 500, np.inf], [1.5, 5.0, 0.5, 0.5, 1000, 0]
    assert locate(lon, lat, ring, texts(1)).tolist() == [None, None, None, "XD000", None, None]


def test_the_edges_of_the_world_are_part_of_it():
    world = chequers(2, 1, west=-180, south=-90, size=180)
    assert locate([-180, 180, 180, -1e-17], [-90, 90, -90, 0], world, texts(2)).tolist() == [
        "XD000",
        "XD001",
        "XD001",
        "XD000",
    ]


def test_without_points_or_polygons_there_is_nothing_to_find():
    assert locate([], [], chequers(1, 1), texts(1)).shape == (0,)
    assert locate([0.5], [0.5], np.array([], dtype=object), texts(0)).tolist() == [None]


def test_the_same_place_is_found_in_the_same_polygon():
    located = locate([1.5, 0.5, 1.5], [0.5, 0.5, 0.5], chequers(2, 1), texts(2))
    assert located.tolist() == ["XD001", "XD000", "XD001"]


@pytest.mark.parametrize("ids", [["A", "A"], ["A"]])
def test_polygons_without_an_id_of_their_own_are_refused(ids):
    with pytest.raises(UsageError, match="2 polygons have 1 different ids"):
        locate([0.0], [0.0], chequers(2, 1), np.array(ids, dtype=object))
