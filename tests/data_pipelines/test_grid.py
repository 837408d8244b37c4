"""Population rasters: persons per pixel whatever the file holds, and a refusal where that is not certain."""

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data_pipelines.readers import grid
from data_pipelines.readers.grid import read_grid
from tests.data_pipelines.invented import assert_refused, write_raster


def raster(folder, name, per_pixel, shape=(4, 6), **more):
    """Write a raster with one value in all its pixels."""
    return write_raster(folder / name, np.full(shape, per_pixel, dtype="float32"), **more)


def pixel_km2(row, pixel=0.5, north=12.0):
    """Return a pixel's area from pyproj, which knows nothing of parallels: its edges are cut into short geodesics."""
    top = north - row * pixel
    box = shapely.segmentize(shapely.box(30, top - pixel, 30 + pixel, top), pixel / 200)
    return abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(box)[0]) / 1e6


@pytest.mark.parametrize(
    ("name", "more", "factor"),
    [
        ("xdm_ppp_2020.tif", {}, "pixel"),
        ("xdm_ppp_2020_1km_Aggregated_UNadj.tif", {}, "pixel"),
        ("gpw_v4_population_count_rev11_2020_30_min.tif", {}, "pixel"),
        ("xdm_pop_2020_CN_1km_R2024B_UA_v1.tif", {}, "pixel"),
        ("GHS_POP_E2020_GLOBE_R2023A_4326_30ss_V1_0.tif", {}, "pixel"),
        ("x2020.tif", {"tags": {"units": "people per pixel"}}, "pixel"),
        ("xdm_pd_2020_1km.tif", {}, "km2"),
        ("population_density_2020.tif", {}, "km2"),
        ("x2020.tif", {"tags": {"TIFFTAG_IMAGEDESCRIPTION": "Persons per square kilometre"}}, "km2"),
        ("XDM10_pph_2020.tif", {}, "hectare"),
    ],
)
def test_counts_and_densities_are_told_by_their_names(tmp_path, name, more, factor):
    """100 per pixel of 3,000 km2 and 100,000 per km2 are both beyond belief, but the provider says so."""
    read = read_grid(raster(tmp_path, name, 100.0, **more))
    km2 = np.array([[pixel_km2(row)] for row in range(4)]) * np.ones((1, 6))
    expected = {"pixel": np.full((4, 6), 100.0), "km2": 100 * km2, "hectare": 10_000 * km2}[factor]
    np.testing.assert_allclose(read.grid.persons, expected, rtol=1e-7)
    assert read.grid.year == 2020
    assert read.grid.persons.dtype == np.float64
    assert f"persons per {factor}, as its name or tags say" in read.notes[-1]


def test_a_density_without_a_word_is_known_by_its_mean(tmp_path):
    read = read_grid(raster(tmp_path, "afro2020.tif", 40.0))
    assert np.nansum(read.grid.persons) == pytest.approx(40 * 6 * sum(pixel_km2(row) for row in range(4)), rel=1e-7)
    assert "persons per km2, which alone is plausible; the mean is 40.0 persons per km2" in read.notes[-1]


def test_a_count_without_a_word_is_known_by_its_mean(tmp_path):
    read = read_grid(raster(tmp_path, "xdm2020.tif", 90_000.0))
    assert np.nansum(read.grid.persons) == 24 * 90_000
    assert "persons per pixel, which alone is plausible" in read.notes[-1]


@pytest.mark.parametrize(("pixel", "value"), [(1 / 120, 40.0), (0.5, 1e9), (0.5, 0.01)])
def test_where_both_or_neither_are_plausible_the_file_is_refused_and_says_how_to_name_it(tmp_path, pixel, value):
    path = raster(tmp_path, "xdm2020.tif", value, pixel=pixel)
    assert_refused(read_grid, path, "not certain", "put the word count or density into its name")
    renamed = path.rename(tmp_path / "xdm_count_2020.tif")
    assert np.nansum(read_grid(renamed).grid.persons) == pytest.approx(24 * value)


@given(
    arrays("float32", (5, 7), elements=st.floats(0, 1e6, width=32)),
    arrays(bool, (5, 7)),
    st.sampled_from([-99999.0, -3.4e38, float("nan")]),
)
def test_counts_are_conserved_and_no_data_stays_no_data(tmp_path_factory, values, absent, nodata):
    values = np.where(absent, np.float32(nodata), values)
    path = write_raster(tmp_path_factory.mktemp("grid") / "xdm_ppp_2020.tif", values, nodata=nodata)
    if not (values[~absent] > 0).any():
        assert_refused(read_grid, path, "holds no persons")
        return
    read = read_grid(path)
    assert np.array_equal(np.isnan(read.grid.persons), absent)
    np.testing.assert_array_equal(read.grid.persons[~absent], values[~absent].astype("float64"))
    assert read.rejects == []


def test_whole_numbers_are_read_as_well(tmp_path):
    values = np.array([[1, 2, -200]], dtype="int16")
    read = read_grid(write_raster(tmp_path / "xdm_ppp_2020.tif", values, nodata=-200))
    np.testing.assert_array_equal(read.grid.persons, [[1, 2, np.nan]])


def test_an_undeclared_value_for_no_data_is_found_out_and_told(tmp_path):
    values = np.array([[5, -99999, 7, -99999]], dtype="float32")
    read = read_grid(write_raster(tmp_path / "xdm_ppp_2020.tif", values))
    np.testing.assert_array_equal(read.grid.persons, [[5, np.nan, 7, np.nan]])
    assert read.rejects == []
    assert "-99999 was taken for it" in read.notes[0]


def test_single_broken_pixels_are_rejects(tmp_path):
    values = np.ones((20, 20), dtype="float32")
    values[3, 4], values[5, 6] = -1, np.inf
    read = read_grid(write_raster(tmp_path / "xdm_ppp_2020.tif", values, nodata=-99999))
    assert [(r.line, r.rule, r.raw) for r in read.rejects] == [
        (4, "persons", "column 5: -1"),
        (6, "persons", "column 7: inf"),
    ]
    assert np.nansum(read.grid.persons) == 398
    assert np.isfinite(read.grid.persons).sum() + len(read.rejects) == 400


def test_many_broken_pixels_refuse_the_file(tmp_path):
    values = np.ones((10, 10), dtype="float32")
    values[0] = -5
    path = write_raster(tmp_path / "xdm_ppp_2020.tif", values, nodata=-99999)
    assert_refused(read_grid, path, "10 pixels", "-5", "declare that value as no data")


TRANSFORMS = {
    "south up": Affine(0.5, 0, 30, 0, 0.5, 10),
    "west up": Affine(-0.5, 0, 33, 0, -0.5, 12),
    "rotated": Affine(0.5, 0.1, 30, 0.1, -0.5, 12),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_raster_that_is_not_north_up_is_refused(tmp_path, transform):
    assert_refused(read_grid, raster(tmp_path, "xdm_ppp_2020.tif", 1.0, transform=transform), "north up")


@pytest.mark.parametrize("crs", ["EPSG:32636", "ESRI:54009", "EPSG:4267", None])
def test_another_coordinate_system_is_refused_with_what_to_get_instead(tmp_path, crs):
    assert_refused(read_grid, raster(tmp_path, "xdm_ppp_2020.tif", 1.0, crs=crs), "WGS84", "EPSG:4326")


def test_rasters_beyond_the_globe_or_with_scaled_values_are_refused(tmp_path):
    assert_refused(read_grid, raster(tmp_path, "a_ppp_2020.tif", 1.0, west=179.0), "180")
    assert_refused(read_grid, raster(tmp_path, "b_ppp_2020.tif", 1.0, count=2), "bands")
    path = raster(tmp_path, "c_ppp_2020.tif", 1.0)
    with grid.rasterio.open(path, "r+") as dataset:
        dataset.scales = (0.1,)
    assert_refused(read_grid, path, "scaled")


def test_a_raster_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(grid, "MAX_PIXELS", 23)
    assert_refused(read_grid, raster(tmp_path, "xdm_ppp_2020.tif", 1.0), "24 pixels", "1 km")


@pytest.mark.parametrize("name", ["xdm_ppp.tif", "xdm_ppp_2020_2021.tif", "xdm_ppp_v12020x.tif", "xdm_ppp_R2023.tif"])
def test_a_raster_that_does_not_tell_its_one_year_is_refused(tmp_path, name):
    assert_refused(read_grid, raster(tmp_path, name, 1.0), "does not tell its year", "2020.tif")


def test_the_year_may_stand_in_a_tag(tmp_path):
    assert read_grid(raster(tmp_path, "xdm_ppp.tif", 1.0, tags={"year": "2015"})).grid.year == 2015


def test_empty_cut_and_foreign_files_are_refused(tmp_path):
    assert_refused(read_grid, raster(tmp_path, "xdm_ppp_2020.tif", 0.0), "holds no persons")
    assert_refused(read_grid, raster(tmp_path, "xdm_2020.tif", -9.0, nodata=-9.0), "not certain")
    cut = tmp_path / "cut_ppp_2020.tif"
    cut.write_bytes(raster(tmp_path, "whole_ppp_2020.tif", 1.0, shape=(40, 60)).read_bytes()[:-500])
    assert_refused(read_grid, cut, "cut off")
    vrt = tmp_path / "vrt_ppp_2020.tif"
    vrt.write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    assert_refused(read_grid, vrt, "VRT")
    text = tmp_path / "ppp_2020.tif"
    text.write_text("a,b\n1,2\n")
    assert_refused(read_grid, text, "not a GeoTIFF")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "million", "unit"),
    [("afripop2020.tif", 1213.2, "km2"), ("gpw_v4_population_count_rev11_2020_30_min.tif", 7969.4, "pixel")],
)
def test_the_providers_rasters_hold_as_many_persons_as_there_are(realdata, name, million, unit):
    read = read_grid(realdata / "population" / name)
    assert np.nansum(read.grid.persons) / 1e6 == pytest.approx(million, abs=0.1)
    assert f"persons per {unit}" in read.notes[-1]
    assert read.grid.year == 2020
