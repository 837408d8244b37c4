"""geoBoundaries: level, country and ids told from the file, and what the API says of it kept beside it."""

import json
from datetime import date

import pandas as pd
import pytest
import shapely

from data_pipelines._source import source
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.snapshot import add
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import DataError, UsageError
from tests import world
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, feature, parse, rules, square, write_geojson
from tests.provider import Reply, as_json, provider, redirect

SAID = {
    "boundaryID": "XDM-ADM1-990001",
    "boundaryName": "Xandimar",
    "boundaryISO": "XDM",
    "boundaryYearRepresented": "2019",
    "boundaryType": "ADM1",
    "boundarySource": "Survey of Xandimar (SYNTHETIC)",
    "boundaryLicense": "Open Data Commons Open Database License 1.0",
    "licenseDetail": "nan",
    "buildDate": "Dec 12, 2023",
    "admUnitCount": "2",
}


def area(number, iso=None, level="ADM1", group="XDM", name="Ixborne", **more):
    """Return an area's properties as geoBoundaries writes them."""
    return {
        "shapeName": name,
        "shapeISO": iso,
        "shapeID": f"9900B{number}",
        "shapeGroup": group,
        "shapeType": level,
        **more,
    }


def collection(*rows):
    """Return areas side by side."""
    return {"type": "FeatureCollection", "features": [feature(r, square(i, 10)) for i, r in enumerate(rows)]}


@pytest.fixture
def write(tmp_path):
    """Write areas as downloaded, or with what the API says of them."""

    def write(*rows, said=None):
        document = collection(*rows) if said is None else {"pages": [said, collection(*rows)]}
        (tmp_path / "areas.geojson").write_text(json.dumps(document))
        return tmp_path / "areas.geojson"

    return write


def test_a_province_has_its_country_as_parent_and_its_release_from_the_api(write):
    parsed = parse("geoboundaries", write(area(1, "XD-IX"), area(2, "XD-FL"), said=SAID))
    row = parsed.frames["areas"].iloc[0].drop(["area_km2", "geometry"]).to_dict()
    assert row == {
        "area_id": "XD-IX",
        "level": 1,
        "name": "Ixborne",
        "parent_id": "XDM",
        "iso3": "XDM",
        "country": "Xandimar",
        "version": "XDM-ADM1-990001",
        "valid_on": pd.Timestamp("2019-01-01"),
    }
    assert (parsed.series, parsed.published) == ("XDM adm1", date(2023, 12, 12))
    licence = "Open Data Commons Open Database License 1.0, Survey of Xandimar (SYNTHETIC)"
    assert parsed.notes == (
        f"The boundaries of this country and level are under their own licence: {licence}.",
        "Of the day from which they hold only the year is known: 2019.",
    )


def test_a_file_as_downloaded_does_not_tell_its_release(write):
    parsed = parse("geoboundaries", write(area(1), area(2)))
    areas = parsed.frames["areas"]
    assert areas["area_id"].tolist() == ["9900B1", "9900B2"]
    assert areas["country"].tolist() == ["XDM", "XDM"]
    assert areas[["version", "valid_on"]].isna().all(axis=None)
    assert parsed.published is None
    assert parsed.notes == ("Each country's boundaries have a licence of their own, which this file does not tell.",)


@pytest.mark.parametrize("codes", [("XD-IX", None), ("XDM", "XDM")])
def test_iso_codes_are_ids_only_where_every_area_has_its_own(write, codes):
    rows = [area(i, code) for i, code in enumerate(codes)]
    assert parse("geoboundaries", write(*rows)).frames["areas"]["area_id"].tolist() == ["9900B0", "9900B1"]


def test_a_country_is_its_code_and_a_district_names_no_parent(write):
    country = parse("geoboundaries", write(area(1, "XDM", "ADM0"))).frames["areas"].iloc[0]
    assert (country["area_id"], country["level"]) == ("XDM", 0)
    district = parse("geoboundaries", write(area(1, None, "ADM2")))
    assert district.frames["areas"]["parent_id"].isna().all()
    assert "names no parents" in district.notes[1]


@pytest.mark.parametrize(
    ("rows", "iso3", "words"),
    [
        ([area(1), area(2, level="ADM2")], None, ("ADM1, ADM2",)),
        ([area(1, level="ADM3")], None, ("ADM3",)),
        ([area(1), area(2, group="SDN")], None, ("SDN, XDM", "one country")),
        ([area(1)], "SDN", ("XDM", "SDN")),
        ([{"adm1_pcode": "XD01"}], None, ("shapeName", "shapeType")),
    ],
)
def test_a_file_of_several_levels_or_countries_or_another_product_is_refused(write, rows, iso3, words):
    assert_refused(lambda path: parse("geoboundaries", path, iso3), write(*rows), *words)


def test_a_pointer_in_place_of_the_file_is_told(tmp_path):
    path = tmp_path / "geoBoundaries-XDM-ADM1.geojson"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n")
    assert_refused(lambda p: parse("geoboundaries", p), path, "Git LFS pointer", "media.githubusercontent.com")


def test_areas_that_lack_something_or_come_twice_are_quarantined(tmp_path):
    rows = [feature(area(i), square(i, 0)) for i in range(3)]
    rows += [rows[0], feature(area(1), square(9, 9)), feature(area(5, name=None), square(5, 0)), feature(area(6), None)]
    parsed = parse("geoboundaries", write_geojson(tmp_path / "a.geojson", rows))
    assert sorted(rules(parsed)) == [(5, "duplicate"), (6, "name"), (7, "geometry")]
    assert (parsed.repeated, len(parsed.frames["areas"])) == (1, 3)


API = "www.geoboundaries.org/api/current/gbOpen/XDM"
MEDIA = "media.githubusercontent.com/media/wmgeolab/geoBoundaries/9469f09/releaseData/gbOpen/XDM"


@pytest.fixture
def github():
    """Play the API for a country of two levels, and GitHub."""
    with provider() as server:
        for level in ("ADM0", "ADM1"):
            place = f"releaseData/gbOpen/XDM/{level}/geoBoundaries-XDM-{level}.geojson"
            url = f"https://github.com/wmgeolab/geoBoundaries/raw/9469f09/{place}"
            said = {**SAID, "boundaryType": level, "admUnitCount": "1", "gjDownloadURL": url}
            server.script(f"{API}/{level}/", as_json(said))
            body = json.dumps(collection(area(1, "XD-IX", level))).encode()
            server.script(f"{MEDIA}/{level}/geoBoundaries-XDM-{level}.geojson", Reply(body=body))
        server.script(f"{API}/ALL/", as_json([{**SAID, "boundaryType": level} for level in ("ADM0", "ADM1", "ADM3")]))
        yield server


def test_each_level_comes_with_what_the_api_says_of_it(github, tmp_path):
    files, failures = asked(github, tmp_path, "geoboundaries", "XDM")
    assert [each.path.name for each in files] == ["geoBoundaries-XDM-ADM0.json", "geoBoundaries-XDM-ADM1.json"]
    assert {(each.known_at, each.iso3) for each in files} == {(date(2023, 12, 12), "XDM")}
    assert files[1].url == f"https://{MEDIA}/ADM1/geoBoundaries-XDM-ADM1.geojson"
    parsed = [parse("geoboundaries", each.path, "XDM") for each in files]
    assert [each.series for each in parsed] == ["XDM adm0", "XDM adm1"]
    assert "Open Database License" in parsed[1].notes[0]
    assert failures == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(body=b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"), "Git LFS pointer"),
        (Reply(body=json.dumps(collection(area(1))).encode()[:-20]), "not JSON"),
        (Reply(body=b"<html><title>Log in</title>"), "web page"),
        (redirect("https://login.example.org/"), "none of its hosts"),
    ],
)
def test_what_is_not_the_whole_file_is_not_taken_for_it(github, tmp_path, reply, words):
    github.script(f"{MEDIA}/ADM1/geoBoundaries-XDM-ADM1.geojson", reply)
    files, failures = asked(github, tmp_path, "geoboundaries", "XDM")
    assert [each.path.name for each in files] == ["geoBoundaries-XDM-ADM0.json"]
    assert words in dict(failures)["XDM ADM1"]


def test_a_country_that_the_api_does_not_have_is_told(github, tmp_path):
    with pytest.raises(DataError, match="404"):
        asked(github, tmp_path, "geoboundaries", "XTW")


def test_a_country_must_be_named(github, tmp_path):
    with pytest.raises(UsageError, match="--iso3"):
        asked(github, tmp_path, "geoboundaries")


def test_a_count_that_differs_is_told(write):
    parsed = parse("geoboundaries", write(area(1), said={**SAID, "admUnitCount": "3"}))
    assert parsed.notes[-1] == "The API counts 3 areas and the file holds 1."


def test_a_district_belongs_to_the_province_that_holds_most_of_it(tmp_path):
    """The third district reaches a tenth of its width into the other province, as levels of different sources do."""
    home = Workspace(tmp_path / "workspace")
    provinces = [feature(area(1), shapely.box(30, 10, 31, 11)), feature(area(2), shapely.box(31, 10, 32, 11))]
    widths = [(30, 30.5), (31.2, 32), (30.5, 31.05)]
    districts = [feature(area(10 + i, level="ADM2"), shapely.box(w, 10, e, 11)) for i, (w, e) in enumerate(widths)]
    for name, rows in (("one", provinces), ("two", districts)):
        path = write_geojson(tmp_path / f"{name}.geojson", json.loads(json.dumps(rows).replace("XDM", world.ISO3)))
        add(home, "geoboundaries", path, world.ISO3, world.KNOWN_AT)
    add(home, "ucdp_ged", world.write_events(tmp_path), world.ISO3, world.KNOWN_AT)
    build(home, None, lambda _: None)
    parents = current(home.root, Tier.public).units("adm2").set_index("id")["parent_id"].to_dict()
    assert parents == {"9900B10": "9900B1", "9900B11": "9900B2", "9900B12": "9900B1"}


def test_the_source_says_what_it_is():
    said = source("geoboundaries")
    assert (said.id, said.tables) == ("geoboundaries", ("areas",))
    assert all(
        (said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats, said.fields)
    )
