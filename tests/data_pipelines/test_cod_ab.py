"""Boundaries: old and new field names, the level and country told from the file, and areas of undetermined status."""

import io
import json
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from data_pipelines._source import source
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import (
    assert_refused,
    feature,
    parse,
    rules,
    square,
    write_geojson,
    write_shapefile,
)
from tests.provider import Reply, as_json, provider, redirect


def new(pcode="XD0101", name="Fluxandra", **more):
    """Return the fields of an admin 2 area as OCHA names them now."""
    fields = {"adm2_name": name, "adm2_name1": None, "adm2_pcode": pcode, "adm1_name": "Ixborne", "adm1_pcode": "XD01"}
    facts = {"valid_on": "2020-08-31", "valid_to": None, "area_sqkm": 1.0, "version": "v03", "lang": "en"}
    return {**fields, "adm0_name": "Xandimar", "adm0_pcode": "XD", **facts, **more}


def old(pcode="SS0101", **more):
    """Return the fields of an admin 2 area as shapefiles named them."""
    names = {
        "ADM2_EN": "Juba",
        "ADM2_PCODE": pcode,
        "ADM2_REF": None,
        "ADM2ALT1EN": None,
        "ADM1_EN": "Central Equatoria",
    }
    return {
        **names,
        "ADM1_PCODE": pcode[:4],
        "ADM0_EN": "South Sudan",
        "ADM0_PCODE": "SS",
        "validOn": "2018-08-17",
        **more,
    }


@pytest.fixture
def write(tmp_path):
    """Write features side by side."""
    return lambda *rows: write_geojson(
        tmp_path / "areas.geojson", [feature(r, square(i, 10)) for i, r in enumerate(rows)]
    )


def areas(write, *rows, iso3=None):
    return parse("cod_ab", write(*rows), iso3).frames["areas"]


def test_new_field_names(write):
    row = areas(write, new(iso3="XDM")).iloc[0]
    assert row.drop(["area_km2", "geometry"]).to_dict() == {
        "area_id": "XD0101",
        "level": 2,
        "name": "Fluxandra",
        "parent_id": "XD01",
        "iso3": "XDM",
        "country": "Xandimar",
        "version": "v03",
        "valid_on": pd.Timestamp("2020-08-31"),
    }
    along_parallels = shapely.segmentize(square(0, 10), 0.001)
    exact = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(along_parallels)[0]) / 1e6
    assert row["area_km2"] == pytest.approx(exact, rel=1e-6)
    assert row["geometry"].equals(square(0, 10))


def test_old_field_names_tell_the_country_by_two_letters(write):
    row = areas(write, old()).iloc[0]
    assert (row["area_id"], row["name"], row["parent_id"], row["iso3"]) == ("SS0101", "Juba", "SS01", "SSD")
    assert pd.isna(row["version"])
    assert row["valid_on"] == pd.Timestamp("2018-08-17")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"ADM1_EN": "River Nile", "ADM1_AR": "نهر النيل"}, "River Nile"),
        ({"ADM1_EN": None, "ADM1_AR": "نهر النيل"}, "نهر النيل"),
        ({"ADM1_AR": "نهر النيل", "ADM1_FR": "Nil"}, "Nil"),
        ({"adm1_name": "Kayes", "adm1_name1": "other", "adm1_fr": "x"}, "Kayes"),
        ({"ADM1_ID": "7", "ADM1_ES": "Norte"}, "Norte"),
    ],
)
def test_the_name_is_taken_in_the_first_language_that_has_one(write, fields, name):
    assert areas(write, {**fields, "ADM1_PCODE": "XD01"}, iso3="XDM")["name"].tolist() == [name]


def test_each_level_has_its_id_and_parent(write):
    country = {"iso3": "SDN", "adm0_name": "Sudan", "adm0_pcode": "SD", "version": "v03"}
    province = {**country, "adm1_name": "Blue Nile", "adm1_pcode": "SD08"}
    district = {**province, "adm2_name": "Baw", "adm2_pcode": "SD08105"}
    found = [parse("cod_ab", write(row)) for row in (country, province, district)]
    assert [p.series for p in found] == ["SDN adm0", "SDN adm1", "SDN adm2"]
    rows = pd.concat([p.frames["areas"] for p in found])
    assert rows["area_id"].tolist() == ["SDN", "SD08", "SD08105"]
    assert rows["parent_id"].fillna("-").tolist() == ["-", "SDN", "SD08"]
    assert rows["level"].tolist() == [0, 1, 2]


def test_a_file_of_another_country_is_refused_naming_both(write):
    assert_refused(lambda p: parse("cod_ab", p, "SDN"), write(old()), "SSD", "SDN")
    assert_refused(lambda p: parse("cod_ab", p, "SSD"), write(new(iso3="SDN")), "SSD", "SDN")


def test_a_file_of_several_countries_or_of_none_is_refused(write):
    several = write(new(iso3="SDN"), new("TD01", iso3="TCD"))
    assert_refused(lambda p: parse("cod_ab", p), several, "SDN, TCD", "one file per country")
    assert_refused(lambda p: parse("cod_ab", p), write(new()), "does not tell its country", "--iso3")
    assert areas(write, new(), iso3="XDM")["iso3"].tolist() == ["XDM"]


def test_a_file_without_p_codes_parents_names_or_of_admin_3_is_refused(write):
    assert_refused(lambda p: parse("cod_ab", p, "XDM"), write({"shapeName": "x"}), "adm1_pcode")
    assert_refused(lambda p: parse("cod_ab", p, "XDM"), write({"adm2_pcode": "x", "adm2_name": "x"}), "adm1_pcode")
    assert_refused(lambda p: parse("cod_ab", p, "XDM"), write({"adm1_pcode": "x"}), "adm1_name")
    assert_refused(lambda p: parse("cod_ab", p, "XDM"), write(new(adm3_pcode="XD010101")), "admin level 3")


def test_a_p_code_given_twice_is_quarantined_and_an_exact_copy_superseded(tmp_path):
    rows = [feature(new(f"XD01{i:02}"), square(i, 0)) for i in range(4)]
    rows += [rows[1], feature(new("XD0102"), square(9, 9))]
    parsed = parse("cod_ab", write_geojson(tmp_path / "a.geojson", rows), "XDM")
    assert rules(parsed) == [(6, "duplicate")]
    assert parsed.repeated == 1
    assert parsed.frames["areas"]["area_id"].tolist() == ["XD0100", "XD0101", "XD0102", "XD0103"]
    assert json.loads(parsed.rejects[0].raw)["properties"]["adm2_pcode"] == "XD0102"


def test_areas_that_lack_something_are_quarantined(tmp_path):
    line = shapely.LineString([(0, 0), (1, 1)])
    rows = [
        feature(new(), square(0, 0)),
        feature(new(None), square(1, 0)),
        feature(new("XD0102", " "), square(2, 0)),
        feature(new("XD0103", adm1_pcode=None), square(3, 0)),
        feature(new("XD0104"), line),
        feature(new("XD0105"), None),
    ]
    parsed = parse("cod_ab", write_geojson(tmp_path / "a.geojson", rows), "XDM")
    assert sorted(rules(parsed)) == [(2, "pcode"), (3, "name"), (4, "parent"), (5, "polygon"), (6, "geometry")]
    assert len(parsed.frames["areas"]) == 1


def test_areas_of_undetermined_status_are_kept_and_named(write):
    parsed = parse("cod_ab", write(old("SS0807", ADM2_EN="Abyei Region"), old("SS0001", ADM2_EN="Kafia"), old()))
    assert parsed.frames["areas"]["area_id"].tolist() == ["SS0807", "SS0001", "SS0101"]
    (note,) = parsed.notes
    assert note.startswith("The status of these areas is undetermined")
    assert note.endswith(": Abyei Region (SS0807), Kafia (SS0001).")


def test_days_that_are_missing_unreadable_or_past_are_told(write):
    parsed = parse("cod_ab", write(old(validOn="soon"), old("SS0102", validOn="2018/08/17", ValidTo="2021-09-24")))
    assert parsed.frames["areas"]["valid_on"].tolist() == [pd.NaT, pd.Timestamp("2018-08-17")]
    assert parsed.notes == (
        "The day from which they hold is not known of 1 areas.",
        "The provider has replaced 1 areas, the last at 2021-09-24.",
    )


def test_a_zipped_shapefile_is_read_like_geojson(tmp_path):
    fields = {"ADM1_EN": ["Ünity", "b"], "ADM1_PCODE": ["SS09", "SS08"], "ADM0_PCODE": ["SS", "SS"]}
    parsed = parse("cod_ab", write_shapefile(tmp_path / "ssd.zip", fields, [square(0, 0), square(1, 0)]), "SSD")
    assert parsed.series == "SSD adm1"
    assert parsed.frames["areas"]["name"].tolist() == ["Ünity", "b"]


def test_added_columns_are_reported_and_retyped_ones_refuse_the_file(write):
    parsed = parse("cod_ab", write(new(unittype="city")), "XDM")
    assert parsed.notes == ("It has columns that the contract does not know: unittype.",)
    assert (parsed.columns["adm2_pcode"], parsed.columns["valid_on"], parsed.columns["adm2_name1"]) == (
        "text",
        "day",
        "empty",
    )
    assert_refused(lambda p: parse("cod_ab", p, "XDM"), write(new(valid_on="version three")), "valid_on", "kind 'day'")


PACKAGE = "data.humdata.org/api/3/action/package_show"
DOWNLOAD = "data.humdata.org/dataset/x/resource/y/download/xdm_admin_boundaries.geojson.zip"
STORE = "s3.eu-central-1.amazonaws.com/hdx/xdm_admin_boundaries.geojson.zip"


@pytest.fixture
def hdx():
    """Play HDX: three levels, one that is not mapped, and lines, in one zip behind a redirect."""
    with provider() as server:
        resources = [
            {"url": f"https://{DOWNLOAD[:-11]}shp.zip", "last_modified": "2020-01-01T00:00:00"},
            {"url": f"https://{DOWNLOAD}", "last_modified": "2025-03-04T10:11:12.5"},
        ]
        server.script(PACKAGE, as_json({"success": True, "result": {"resources": resources}}))
        server.script(DOWNLOAD, redirect("https://" + STORE))
        server.script(STORE, Reply(body=packed(LEVELS)))
        yield server


def packed(files):
    """Return a zip of collections by name, as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            archive.writestr(name, json.dumps({"type": "FeatureCollection", "features": rows}))
    return out.getvalue()


LEVELS = {
    "xdm_admin0.geojson": [feature({"adm0_name": "Xandimar", "adm0_pcode": "XD", "iso3": "XDM"}, square(0, 0))],
    "folder/xdm_admin1.geojson": [feature({"adm1_name": "Ixborne", "adm1_pcode": "XD01"}, square(0, 0))],
    "xdm_admin2.geojson": [feature(new(), square(0, 0))],
    "xdm_admin3.geojson": [feature(new(adm3_pcode="XD010101"), square(0, 0))],
    "xdm_adminlines.geojson": [],
}


def test_hdx_gives_one_file_per_level_with_the_day_it_was_changed(hdx, tmp_path):
    files, failures = asked(hdx, tmp_path, "cod_ab", "XDM")
    assert failures == []
    assert [each.path.name for each in files] == [f"xdm_admin{n}.geojson" for n in range(3)]
    assert {(each.known_at, each.url, each.iso3) for each in files} == {
        (date(2025, 3, 4), f"https://{DOWNLOAD}", "XDM")
    }
    assert [parse("cod_ab", each.path, "XDM").series for each in files] == ["XDM adm0", "XDM adm1", "XDM adm2"]
    assert hdx.seen[0].query == {"id": "cod-ab-xdm"}


def test_an_archive_that_was_cut_off_brings_no_level(hdx, tmp_path):
    hdx.script(STORE, Reply(body=packed(LEVELS)[:-30]))
    files, failures = asked(hdx, tmp_path, "cod_ab", "XDM")
    assert files == []
    assert "cut off or damaged" in failures[0][1]


def test_boundaries_that_hdx_does_not_have_are_told(hdx, tmp_path):
    hdx.script(STORE, Reply(body=packed({"xdm_adminlines.geojson": []})))
    with pytest.raises(DataError, match=r"holds no file such as xdm_admin1\.geojson"):
        asked(hdx, tmp_path / "a", "cod_ab", "XDM")
    hdx.script(PACKAGE, as_json({"success": True, "result": {"resources": []}}))
    with pytest.raises(DataError, match="cod-ab-xdm"):
        asked(hdx, tmp_path / "b", "cod_ab", "XDM")
    with pytest.raises(UsageError, match="--iso3"):
        asked(hdx, tmp_path / "c", "cod_ab")


def test_the_source_says_what_it_is():
    said = source("cod_ab")
    assert (said.id, said.tables) == ("cod_ab", ("areas",))
    assert all((said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "iso3", "number", "km2"),
    [
        ("sdn_admin0.geojson", "SDN", 1, 1_871_527.6),
        ("sdn_admin1.geojson", None, 19, 1_871_527.6),
        ("sdn_admin2.geojson", "SDN", 189, 1_871_527.6),
        ("ssd_admbnda_adm1_imwg_nbs_20210924.json", None, 10, 632_395.1),
        ("ssd_admbnda_adm2_imwg_nbs_20180817.json", "SSD", 79, 642_902.8),
    ],
)
def test_the_providers_boundaries(realdata, name, iso3, number, km2):
    parsed = parse("cod_ab", realdata / "areas" / name, iso3)
    found = parsed.frames["areas"]
    assert (parsed.rows_in, len(found), parsed.rejects, parsed.repeated) == (number, number, [], 0)
    assert found["area_km2"].sum() == pytest.approx(km2, rel=1e-6)


@pytest.mark.realdata
def test_areas_agree_with_the_provider_s_own(realdata):
    path = realdata / "areas" / "sdn_admin2.geojson"
    theirs = {
        f["properties"]["adm2_pcode"]: f["properties"]["area_sqkm"] for f in json.loads(path.read_text())["features"]
    }
    ours = parse("cod_ab", path).frames["areas"].set_index("area_id")["area_km2"]
    assert np.abs(ours / pd.Series(theirs) - 1).max() < 2e-4
