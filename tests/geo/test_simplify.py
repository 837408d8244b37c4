import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import MERCATOR_LIMIT_M, geometries_to_mercator
from geo.simplify import for_zoom
from tests.geo.shapes import coverage, stars

ZOOMS = [0, 2, 4, 6, 8, 10]
DISTRICTS = geometries_to_mercator(coverage(60))


def half_pixel_m(zoom):
    return MERCATOR_LIMIT_M / 256 / 2**zoom


@pytest.mark.parametrize("zoom", ZOOMS)
def test_borders_stay_shared_and_nobody_is_lost(zoom):
    drawn = for_zoom(DISTRICTS, zoom)
    assert shapely.coverage_is_valid(drawn)
    assert shapely.is_valid(drawn).all()
    assert not shapely.is_empty(drawn).any()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_no_border_moves_by_more_than_a_few_pixels(zoom):
    drawn = for_zoom(DISTRICTS, zoom)
    assert shapely.hausdorff_distance(shapely.boundary(drawn), shapely.boundary(DISTRICTS)).max() < 6 * half_pixel_m(
        zoom
    )


def test_vertices_grow_with_the_zoom_up_to_the_original():
    counts = [shapely.get_num_coordinates(for_zoom(DISTRICTS, zoom)).sum() for zoom in (0, 3, 6, 9, 24)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 10
    assert counts[-1] == shapely.get_num_coordinates(DISTRICTS).sum()


def test_the_input_is_left_alone():
    before = shapely.to_wkb(DISTRICTS)
    for_zoom(DISTRICTS, 0)
    assert (shapely.to_wkb(DISTRICTS) == before).all()


def test_borders_that_do_not_match_are_matched():
    """Overlap of 300 m and a border with a vertex that only one side has, as in COD-AB South Sudan 2018."""
    broken = DISTRICTS.copy()
    broken[5] = shapely.buffer(broken[5], 300)
    assert not shapely.coverage_is_valid(broken)
    drawn = for_zoom(broken, 8)
    assert shapely.coverage_is_valid(drawn)
    np.testing.assert_allclose(shapely.area(drawn).sum(), shapely.area(shapely.union_all(broken)), rtol=1e-4)


def test_a_polygon_swallowed_by_another_stays_as_it_was():
    outer, inner = shapely.box(0, 0, 1e6, 1e6), shapely.box(2e5, 2e5, 2e5 + 10, 2e5 + 10)
    drawn = for_zoom(np.array([outer, inner, outer]), 3)
    assert not shapely.is_empty(drawn).any()
    assert drawn[1].equals(inner)


def test_a_swallowed_bow_tie_is_at_least_made_valid():
    tie = shapely.Polygon([(2e5, 2e5), (2.1e5, 2.1e5), (2.1e5, 2e5), (2e5, 2.1e5)])
    drawn = for_zoom(np.array([shapely.box(0, 0, 1e6, 1e6), tie]), 3)
    assert drawn[1].is_valid
    assert drawn[1].area == pytest.approx(5e7)


def test_islands_smaller_than_a_pixel_stay():
    tiny = shapely.box([0, 5e4], [0, 5e4], [1, 5e4 + 1], [1, 5e4 + 1])
    assert shapely.area(for_zoom(tiny, 0)).min() > 0


def test_missing_and_empty_geometries_come_back_as_they_are():
    box = shapely.box(0, 0, 1e6, 1e6)
    drawn = for_zoom(np.array([None, shapely.Polygon(), box], dtype=object), 3)
    assert drawn[0] is None
    assert drawn[1].is_empty
    assert drawn[2].equals(box)
    assert for_zoom(np.array([], dtype=object), 3).shape == (0,)


@given(st.lists(stars(), min_size=1, max_size=6), st.integers(0, 12))
def test_whatever_overlaps_comes_out_valid_and_whole_in_number(polygons, zoom):
    drawn = for_zoom(geometries_to_mercator(np.array(polygons)), zoom)
    assert len(drawn) == len(polygons)
    assert shapely.is_valid(drawn).all()
    assert not shapely.is_empty(drawn).any()
    assert set(shapely.get_type_id(drawn)) <= {3, 6}


def test_a_bow_tie_is_rebuilt():
    tie = shapely.Polygon([(0, 0), (1e6, 1e6), (1e6, 0), (0, 1e6)])
    (drawn,) = for_zoom(np.array([tie]), 3)
    assert drawn.is_valid
    assert drawn.area == pytest.approx(5e11)


@pytest.mark.parametrize(
    "name", ["sdn_admin1.geojson", "sdn_admin2.geojson", "ssd_admbnda_adm2_imwg_nbs_20180817.json"]
)
def test_real_boundaries_are_drawn_without_gaps(realdata, name):
    areas = shapely.from_geojson((realdata / "areas" / name).read_text())
    metres = geometries_to_mercator(shapely.get_parts(areas))
    for zoom in ZOOMS:
        drawn = for_zoom(metres, zoom)
        assert shapely.coverage_is_valid(drawn)
        assert shapely.is_valid(drawn).all()
        assert not shapely.is_empty(drawn).any()
