"""The demo country: the same bytes on every run, the providers' formats, sums that agree, the traps of real files."""

import csv
import json
import zipfile
from collections import Counter

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely

from data_pipelines._source import Raw, source
from data_pipelines.demo import EARLIER, LATER, write_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the demo's files by name."""
    return {file.path.name: file for file in write_demo(tmp_path_factory.mktemp("demo"))}


@pytest.fixture(scope="module")
def districts(demo):
    return gpd.read_file(demo["xdm_admin2.geojson"].path)


@pytest.fixture(scope="module")
def events(demo):
    return read_hxl(demo["conflict_data_xdm_2026-01.csv"].path)


def read_hxl(path):
    """Read a CSV that has a row of HXL tags below its header, every cell as text."""
    return pd.read_csv(path, skiprows=[1], dtype=str, keep_default_na=False)


def people(demo):
    frame = read_hxl(demo["hdx_hapi_population_xdm.csv"].path)
    return frame.assign(population=frame["population"].astype(int))


def displaced(demo, name="dtm_api_xdm_admin2_2026-01.json"):
    return pd.DataFrame(json.loads(demo[name].path.read_text())["result"])


def sites(demo, name):
    return json.loads(demo[name].path.read_text())["features"]


def test_every_run_writes_the_same_bytes(demo, tmp_path):
    again = write_demo(tmp_path)
    assert [file.path.name for file in again] == list(demo)
    assert [f.path.name for f in again if f.path.read_bytes() != demo[f.path.name].path.read_bytes()] == []


@pytest.mark.parametrize("level", [0, 1, 2])
def test_areas_are_a_coverage_without_gap_or_overlap_and_keep_to_their_parents(demo, districts, level):
    areas = gpd.read_file(demo[f"xdm_admin{level}.geojson"].path)
    shapes = areas.geometry.to_numpy()
    assert len(areas) == (1, 6, 40)[level]
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).equals(shapely.union_all(districts.geometry.to_numpy()))
    for area in areas.to_dict("records"):
        parts = districts[districts[f"adm{level}_pcode"] == area[f"adm{level}_pcode"]]
        assert shapely.equals(shapely.coverage_union_all(parts.geometry.to_numpy()), area["geometry"])


def test_areas_carry_the_fields_of_cod_ab_and_codes_that_nest(districts):
    assert list(districts.columns) == [
        *(f"adm2_{field}" for field in ("name", "name1", "name2", "name3", "pcode")),
        *(f"adm1_{field}" for field in ("name", "name1", "name2", "name3", "pcode")),
        *(f"adm0_{field}" for field in ("name", "name1", "name2", "name3", "pcode")),
        *("valid_on", "valid_to", "area_sqkm", "version", "lang", "lang1", "lang2", "lang3", "adm2_ref_name"),
        *("center_lat", "center_lon", "geometry"),
    ]
    assert districts["adm2_pcode"].is_unique
    assert districts["adm2_name"].is_unique
    assert (districts["adm2_pcode"].str[:4] == districts["adm1_pcode"]).all()
    assert set(districts["adm0_pcode"]) == {"XD"}


def test_areas_lie_in_the_open_ocean_and_differ_in_size(districts):
    west, south, east, north = districts.total_bounds
    assert 75 < west < east < 81
    assert -28 < south < north < -22
    on_ellipsoid = [abs(districts.crs.get_geod().geometry_area_perimeter(g)[0]) / 1e6 for g in districts.geometry]
    assert on_ellipsoid == pytest.approx(districts["area_sqkm"].to_numpy(), rel=1e-6)
    assert max(on_ellipsoid) > 5 * min(on_ellipsoid)


def test_events_have_ucdp_s_columns_as_hdx_publishes_them(demo, events):
    with demo["conflict_data_xdm_2026-01.csv"].path.open() as file:
        tags = next(csv.DictReader(file))
    assert len(events.columns) == 50
    assert list(events.columns[:6]) == ["id", "relid", "year", "active_year", "code_status", "type_of_violence"]
    assert list(events.columns[33:36]) == ["country", "iso3", "country_id"]
    assert (tags["year"], tags["iso3"], tags["best"], tags["id"]) == (
        "#date+year",
        "#country+code",
        "#affected+killed",
        "",
    )
    assert 1500 <= len(events) <= 2500
    assert set(events["type_of_violence"]) == {"1", "2", "3"}
    assert events["date_start"].min() >= "2019-01-01"
    assert events["date_end"].max() < "2026"


def test_events_are_known_as_exactly_as_real_ones(events):
    where = events["where_prec"].value_counts(normalize=True)
    when = events["date_prec"].value_counts(normalize=True)
    assert where[["1", "2", "3"]].to_numpy() == pytest.approx([0.65, 0.20, 0.08], abs=0.02)
    assert when[["1", "2", "4"]].to_numpy() == pytest.approx([0.74, 0.125, 0.085], abs=0.02)
    assert 0.2 < (events["date_start"] != events["date_end"]).mean() < 0.3


def test_every_event_coded_to_a_place_lies_in_the_district_it_names(events, districts):
    exact = events[events["where_prec"].isin(["1", "2", "3"])]
    shapes = districts.set_index(districts["adm2_name"] + " district").geometry
    points = shapely.points(exact["longitude"].astype(float), exact["latitude"].astype(float))
    assert shapely.contains(shapes.loc[exact["adm_2"]].to_numpy(), points).all()


def test_coarse_events_pile_up_on_one_point_per_province_and_some_fall_into_the_sea(events, districts):
    province = events[events["where_prec"].isin(["4", "5"])]
    assert (province.groupby("adm_1")[["longitude", "latitude"]].nunique() == 1).all(axis=None)
    sea = events[events["where_prec"] == "7"]
    points = shapely.points(sea["longitude"].astype(float), sea["latitude"].astype(float))
    assert len(sea) >= 3
    assert not shapely.intersects(shapely.union_all(districts.geometry.to_numpy()), points).any()
    assert (events["where_prec"] == "6").sum() >= 1


def test_cells_follow_the_coordinates(events):
    lon, lat = events["longitude"].astype(float), events["latitude"].astype(float)
    gid = np.floor((lat + 90) / 0.5) * 720 + np.floor((lon + 180) / 0.5) + 1
    assert (events["priogrid_gid"].astype(int) == gid).all()
    assert (events["geom_wkt"] == "POINT (" + events["longitude"] + " " + events["latitude"] + ")").all()


def test_deaths_by_side_sum_to_the_best_estimate_and_a_few_estimates_are_out_of_order(events):
    deaths = events[["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]].astype(int).sum(axis=1)
    low, best, high = (events[column].astype(int) for column in ("low", "best", "high"))
    assert (deaths == best).all()
    assert 1 <= ((low > best) | (best > high)).sum() <= 0.01 * len(events)
    assert 0.1 < best[events["event_clarity"] == "2"].sum() / best.sum() < 0.4


def test_violence_clusters_surges_in_the_last_year_and_moves(events):
    """In a process without clustering the monthly counts of a district vary as much as their mean: an index of 1."""
    exact = events[events["where_prec"].isin(["1", "2"])]
    counts = exact.groupby([exact["adm_2"], exact["date_start"].str[:7]]).size().unstack(fill_value=0).to_numpy()
    assert (counts.var(axis=1) / counts.mean(axis=1)).mean() > 1.5
    by_year = events["year"].value_counts()
    assert by_year["2025"] > 1.8 * by_year["2024"]
    first, last = (exact[exact["year"] == year]["longitude"].astype(float).median() for year in ("2019", "2025"))
    assert last - first > 1


def test_the_file_holds_one_row_twice_and_one_impossible_date(events):
    assert events.duplicated().sum() == 1
    assert events.drop_duplicates()["id"].is_unique
    assert (pd.to_datetime(events["date_start"], errors="coerce").isna()).sum() == 1


def test_two_days_of_knowledge_differ_by_late_revised_and_withdrawn_events(demo, events):
    before = read_hxl(demo["conflict_data_xdm_2025-06.csv"].path).set_index("id")
    after = events.drop_duplicates().set_index("id")
    both = before.index.intersection(after.index)
    is_late = ~after.index.isin(before.index) & (after["date_end"].str[:10] <= "2024-12-31").to_numpy()
    assert len(before.index.difference(after.index)) == 6
    assert 10 < (before.loc[both, "best"] != after.loc[both, "best"]).sum() < 200
    assert is_late.sum() > 10
    assert before["date_end"].max()[:10] <= EARLIER.isoformat()
    assert {demo[f"conflict_data_xdm_{day:%Y-%m}.csv"].known_at for day in (EARLIER, LATER)} == {EARLIER, LATER}


def test_every_actor_and_every_site_says_that_it_is_synthetic(demo, events):
    actors = set(events["side_a"]) | set(events["side_b"])
    assert [a for a in actors if "SYNTHETIC" not in a] == ["Civilians"]
    for name in ("xdm_healthsites.geojson", "xdm_osm_sites.geojson"):
        names = [f["properties"].get("name") or "" for f in sites(demo, name)]
        assert all("SYNTHETIC" in text for text in names if text)
        assert 0.1 < names.count("") / len(names) < 0.3


def test_population_sums_agree_over_sexes_ages_and_levels(demo):
    frame = people(demo)
    is_all = (frame["gender"] == "all", frame["age_range"] == "all")
    whole = frame[is_all[0] & is_all[1]].set_index("admin2_code")["population"]
    by_sex = frame[~is_all[0] & is_all[1]].groupby("admin2_code")["population"].sum()
    by_age = frame[is_all[0] & ~is_all[1]].groupby("admin2_code")["population"].sum()
    assert len(frame) == 54 * (1 + 6 + 40)
    assert (by_sex == whole[by_sex.index]).all()
    assert (by_age == whole[by_age.index]).all()
    province = whole[whole.index.str.match(r"XD\d\d-XXX")]
    district = whole[whole.index.str.fullmatch(r"XD\d{4}")]
    assert province.sum() == district.sum() == whole["XDM-XXX-XXX"]
    assert (district.groupby(district.index.str[:4]).sum().to_numpy() == province.sort_index().to_numpy()).all()


def test_the_raster_counts_persons_near_the_census_and_only_on_land(demo, districts):
    with rasterio.open(demo["xdm_ppp_2024_2km_Aggregated.tif"].path) as raster:
        persons = raster.read(1, masked=True)
        assert (raster.dtypes[0], raster.nodata, raster.crs.to_epsg()) == ("float32", -99999.0, 4326)
        rows, columns = np.nonzero(~persons.mask)
        lon, lat = raster.xy(rows, columns)
    census = people(demo)["population"].iloc[2]
    assert float(persons.sum(dtype="float64")) == pytest.approx(census, rel=0.03)
    assert shapely.intersects_xy(shapely.union_all(districts.geometry.to_numpy()), lon, lat).all()
    assert persons.min() > 0
    busiest = np.sort(persons.compressed())[::-1]
    assert busiest[: len(busiest) // 20].sum() > 0.4 * busiest.sum()


def test_rounds_come_irregularly_and_leave_districts_unassessed(demo, districts):
    document = json.loads(demo["dtm_api_xdm_admin2_2026-01.json"].path.read_text())
    rows = displaced(demo)
    main = rows[rows["operation"] == "Displacement in Xandimar (SYNTHETIC)"]
    days = pd.to_datetime(main.groupby("roundNumber")["reportingDate"].unique().str[0])
    assert document["isSuccess"] is True
    assert document["totalRecordsCount"] == len(rows)
    assert main.groupby("roundNumber")["reportingDate"].nunique().tolist() == [1] * 10
    assert days.diff().dt.days.dropna().nunique() > 5
    assert len(set(districts["adm2_pcode"]) - set(rows["admin2Pcode"])) == 4
    assert main.groupby("roundNumber")["admin2Pcode"].nunique().nunique() > 1
    assert rows["operation"].nunique() == 2


def test_displaced_persons_are_whole_split_by_reason_and_given_twice_once(demo):
    rows = displaced(demo)
    once = rows.drop_duplicates()
    key = ["operation", "roundNumber", "admin2Pcode"]
    assert len(rows) - len(once) == 1
    assert once["id"].is_unique
    assert once.groupby(key).size().max() == 2
    assert once.groupby(key)["displacementReason"].nunique().max() == 2
    assert (once["numPresentIdpInd"] > 0).all()
    known = once.dropna(subset=["numberMales"])
    assert (known["numberMales"] + known["numberFemales"] == known["numPresentIdpInd"]).all()


def test_what_was_known_earlier_is_a_part_of_what_was_known_later(demo):
    before = displaced(demo, "dtm_api_xdm_admin2_2025-06.json")
    after = displaced(demo).set_index("id")
    assert set(before["id"]) < set(after.index)
    assert before["reportingDate"].max()[:10] <= EARLIER.isoformat()


def test_sites_are_of_every_kind_on_land_and_two_files_share_some(demo, districts):
    land = shapely.union_all(districts.geometry.to_numpy())
    health, others = sites(demo, "xdm_healthsites.geojson"), sites(demo, "xdm_osm_sites.geojson")
    off_land = [f for f in health + others if not land.intersects(shapely.Point(f["geometry"]["coordinates"]))]
    assert [f["geometry"]["coordinates"] for f in off_land] == [[0.0, 0.0]]
    kinds = Counter(f["properties"]["amenity"] for f in health + others)
    assert set(kinds) == {"hospital", "clinic", "school", "college", "place_of_worship", "refugee_site"}
    shared = {f"node/{f['properties']['osm_id']}" for f in health} & {f["properties"]["@id"] for f in others}
    assert 5 < len(shared) < 0.2 * len(health)
    assert 400 < len(health) + len(others) < 900


def test_attacks_on_health_care_are_never_exact(demo):
    path = demo["2019-2025-attacks-on-health-care-xdm.xlsx"].path
    rows = list(openpyxl.load_workbook(path).worksheets[0].values)
    frame = pd.DataFrame(rows[2:], columns=rows[0])
    assert len(frame) == 42
    assert set(frame["Country ISO"]) == {"XDM"}
    assert not frame["Geo Precision"].str.contains("(1)", regex=False).any()
    assert (frame["Latitude"].isna() == frame["Geo Precision"].str.startswith("(6)")).all()
    assert rows[1][0] == "#date"
    assert {member.date_time for member in zipfile.ZipFile(path).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_file_goes_through_its_source_with_only_the_faults_meant(demo):
    faults = {}
    for name, file in demo.items():
        parsed = source(file.source).parse(Raw(file.path, "snapshot", file.iso3, file.known_at))
        assert parsed.rows_in == parsed.loaded + len(parsed.rejects) + parsed.repeated
        assert parsed.loaded > 0.99 * parsed.rows_in
        faults[name] = (parsed.repeated, *(reject.rule for reject in parsed.rejects))
    assert {name: fault for name, fault in faults.items() if fault != (0,)} == {
        "conflict_data_xdm_2026-01.csv": (1, "date"),
        "dtm_api_xdm_admin2_2025-06.json": (1,),
        "dtm_api_xdm_admin2_2026-01.json": (1,),
        "xdm_osm_sites.geojson": (0, "coordinates"),
    }
