import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.grids import cell_id, cell_polygon
from geo.neighbours import TOLERANCE_DEG, queen
from tests.geo.shapes import chequers, coverage, stars


def pairs(geometries, **options):
    return list(zip(*(index.tolist() for index in queen(np.array(geometries), **options)), strict=True))


def brute_force(geometries):
    apart = shapely.distance(np.array(geometries)[:, None], np.array(geometries)[None, :])
    return [(i, j) for i, j in np.argwhere(apart <= TOLERANCE_DEG).tolist() if i != j]


@given(st.lists(stars(), max_size=8))
def test_are_the_polygons_without_distance(polygons):
    assert pairs(polygons) == brute_force(polygons)


def test_of_a_coverage_are_those_that_touch():
    polygons = coverage(80)
    touching = shapely.intersects(polygons[:, None], polygons[None, :]) & ~np.eye(len(polygons), dtype=bool)
    assert pairs(polygons) == [tuple(pair) for pair in np.argwhere(touching).tolist()]


def test_on_a_chequerboard_are_3_5_or_8():
    i, _ = queen(chequers(4, 3))
    assert np.bincount(i).tolist() == [3, 5, 5, 3, 5, 8, 8, 5, 3, 5, 5, 3]


def test_go_both_ways_in_order():
    found = pairs(coverage(40))
    assert found == sorted(found)
    assert {(j, i) for i, j in found} == set(found)


@pytest.mark.parametrize("gap", [-0.01, -1e-7, 1e-7, 9e-7])
def test_are_found_over_slivers_and_overlaps(gap):
    assert pairs([shapely.box(0, 0, 1, 1), shapely.box(1 + gap, 0, 2, 1)]) == [(0, 1), (1, 0)]


def test_are_not_found_over_real_land():
    apart = [shapely.box(0, 0, 1, 1), shapely.box(1 + 1e-5, 0, 2, 1)]
    assert pairs(apart) == []
    assert pairs(apart, tolerance_deg=1e-4) == [(0, 1), (1, 0)]


def test_meet_across_the_antimeridian():
    gid = cell_id([179.9, -179.9, -179.9, -179.9, 0.1], [0.1, 0.1, 0.6, 1.1, 0.1])
    assert pairs(cell_polygon(gid)) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 3), (3, 2)]


def test_a_polygon_round_the_world_is_not_its_own_neighbour():
    assert pairs([shapely.box(-180, 0, 180, 1)]) == []


def test_missing_and_empty_geometries_have_none():
    assert pairs([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)]) == []
    i, j = queen(np.array([], dtype=object))
    assert (i.dtype, j.dtype, len(i)) == (np.int64, np.int64, 0)
