"""The sources of population rasters: every pixel with data is counted, and the series is a country or the world."""

from datetime import date

import numpy as np
import pytest

from data_pipelines._source import source
from geo.errors import DataError, FileRefused, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, parse, write_raster
from tests.provider import Reply, as_json, provider

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


@pytest.mark.parametrize(
    ("name", "iso3", "series"),
    [
        ("gpw_v4_population_count_rev11_2020_30_min.tif", None, "world"),
        ("gpw_v4_population_count_adjusted_to_2015_unwpp_country_totals_rev11_2020_30_min.tif", None, "world adjusted"),
        ("gpw-v4-population-count_2020.tif", "XDM", "XDM"),
    ],
)
def test_gpw_is_told_by_its_name_and_adjusted_counts_are_another_series(tmp_path, name, iso3, series):
    parsed = parse("gpw", write_raster(tmp_path / name, VALUES, nodata=-99999), iso3)
    assert (parsed.series, parsed.pixels, parsed.totals["total"].tolist()) == (series, 4, [61])
    assert parsed.notes[-1] == "It holds 61 persons in 2020."


def test_a_density_of_gpw_becomes_persons(tmp_path):
    values = np.full((2, 2), 10, dtype="float32")
    name = "gpw_v4_population_density_rev11_2020_30_min.tif"
    assert parse("gpw", write_raster(tmp_path / name, values)).totals["total"][0] > 100_000


def test_another_raster_is_no_gpw(tmp_path):
    path = write_raster(tmp_path / "sdn_ppp_2020.tif", VALUES, nodata=-99999)
    assert_refused(lambda p: parse("gpw", p), path, "gpw_v4_population_count_rev11_2020_30_min.tif")


API = "hub.worldpop.org/rest/data/pop/G2_CN_POP_R25A_1km"
FOLDER = "data.worldpop.org/GIS/Population/Global_2015_2030/R2025A"


def listed(year, iso3="SDN", **more):
    """Return one raster as WorldPop's API lists it."""
    url = f"https://{FOLDER}/{year}/{iso3}/v1/1km_ua/constrained/sdn_pop_{year}_CN_1km_R2025A_UA_v1.tif"
    return {"id": str(year), "popyear": str(year), "date": "2025-09-01", "iso3": iso3, "files": [url], **more}


@pytest.fixture
def worldpop(tmp_path):
    """Play WorldPop with the rasters of 2015 to 2030."""
    raster = write_raster(tmp_path / "raster.tif", VALUES, nodata=-99999).read_bytes()
    with provider() as server:
        server.script(API, as_json({"data": [listed(year) for year in range(2015, 2031)]}))
        for year in range(2015, 2031):
            server.script(listed(year)["files"][0].removeprefix("https://"), Reply(body=raster, ranges=True))
        yield server


def test_the_newest_raster_that_is_no_projection_is_fetched(worldpop, tmp_path):
    (file,), _ = asked(worldpop, tmp_path, "worldpop", "SDN")
    assert file.path.name == "sdn_pop_2025_CN_1km_R2025A_UA_v1.tif"
    assert (file.known_at, file.iso3, file.url) == (date(2025, 9, 1), "SDN", listed(2025)["files"][0])
    assert worldpop.seen[0].query == {"iso3": "SDN"}
    parsed = parse("worldpop", file.path, "SDN")
    assert (parsed.series, parsed.grid.year) == ("SDN", 2025)
    assert "persons per pixel, as its name or tags say" in parsed.notes[-2]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"data": []}, "no population raster of SDN"),
        ({"data": [listed(2025, iso3="TCD")]}, "no population raster of SDN"),
        ({"data": [listed(2025, files=["https://data.worldpop.org/x.zip"])]}, "no population raster of SDN"),
        ({"data": [{"iso3": "SDN"}]}, "cannot be read"),
        ({"message": "maintenance"}, "cannot be read"),
    ],
)
def test_a_list_without_a_raster_is_told(worldpop, tmp_path, document, words):
    worldpop.script(API, as_json(document))
    with pytest.raises(DataError, match=words):
        asked(worldpop, tmp_path, "worldpop", "SDN")


def test_a_raster_that_was_cut_off_is_refused_and_the_country_must_be_named(worldpop, tmp_path):
    place = listed(2025)["files"][0].removeprefix("https://")
    worldpop.script(place, Reply(body=(tmp_path / "raster.tif").read_bytes()[:-10]))
    with pytest.raises(FileRefused, match="cut off"):
        asked(worldpop, tmp_path, "worldpop", "SDN")
    with pytest.raises(UsageError, match="--iso3"):
        asked(worldpop, tmp_path, "worldpop")


@pytest.mark.parametrize("name", ["worldpop", "gpw"])
def test_the_sources_say_what_they_are(name):
    said = source(name)
    assert said.id == name
    assert all(
        (said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats, said.fields)
    )
    assert (said.fetch is None) == (name == "gpw")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("source_id", "name", "pixels", "total"),
    [
        ("worldpop", "afripop2020.tif", 92_735, 1_213_215_648),
        ("gpw", "gpw_v4_population_count_rev11_2020_30_min.tif", 70_123, 7_969_444_353),
    ],
)
def test_the_providers_rasters_are_counted(realdata, source_id, name, pixels, total):
    parsed = parse(source_id, realdata / "population" / name)
    assert (parsed.rows_in, parsed.pixels, parsed.series) == (pixels, pixels, "world")
    assert parsed.totals["total"].tolist() == [total]
