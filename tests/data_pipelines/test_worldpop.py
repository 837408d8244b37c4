"""The source of population rasters: every pixel with data is counted, and the series is a country or the world."""

import numpy as np
import pytest

from data_pipelines._source import source
from tests.data_pipelines.invented import assert_refused, parse, write_raster

VALUES = np.array([[10.4, -99999, 20.4], [30.4, 0, -99999]], dtype="float32")


def test_every_pixel_with_data_is_a_row(tmp_path):
    parsed = parse("worldpop", write_raster(tmp_path / "xdm_ppp_2020.tif", VALUES, nodata=-99999), "XDM")
    assert (parsed.rows_in, parsed.pixels, parsed.loaded, parsed.frames) == (4, 4, 4, {})
    assert parsed.totals.to_dict("records") == [{"measure": "persons_raster", "key": "2020", "total": 61}]
    assert parsed.grid.year == 2020
    assert parsed.notes[-1] == "It holds 61 persons in 2020."


def test_a_broken_pixel_is_a_reject_and_counted(tmp_path):
    values = np.ones((15, 10), dtype="float32")
    values[2, 2] = -7
    parsed = parse("worldpop", write_raster(tmp_path / "xdm_ppp_2020.tif", values, nodata=-99999))
    assert (parsed.rows_in, parsed.pixels, len(parsed.rejects)) == (150, 149, 1)


@pytest.mark.parametrize(
    ("name", "iso3", "series"),
    [("sdn_ppp_2020.tif", None, "SDN"), ("afr_ppp_2020.tif", None, "world"), ("ppp_2020.tif", "XDM", "XDM")],
)
def test_the_series_is_the_country_or_the_world(tmp_path, name, iso3, series):
    assert parse("worldpop", write_raster(tmp_path / name, VALUES, nodata=-99999), iso3).series == series


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    assert_refused(lambda p: parse("worldpop", p), path, "GeoTIFF")


def test_the_source_says_what_it_is():
    said = source("worldpop")
    assert said.id == "worldpop"
    assert all((said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "pixels", "total"),
    [
        ("afripop2020.tif", 92_735, 1_213_215_648),
        ("gpw_v4_population_count_rev11_2020_30_min.tif", 70_123, 7_969_444_353),
    ],
)
def test_the_providers_rasters_are_counted(realdata, name, pixels, total):
    parsed = parse("worldpop", realdata / "population" / name)
    assert (parsed.rows_in, parsed.pixels, parsed.series) == (pixels, pixels, "world")
    assert parsed.totals["total"].tolist() == [total]
