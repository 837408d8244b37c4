"""Protected sites: kinds from tags, ids that stay, missing places kept or quarantined by each source's rule."""

import json
from datetime import date

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines._source import source
from geo.errors import DataError, FileRefused, UsageError
from tests.data_pipelines import pbf
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import (
    assert_refused,
    feature,
    parse,
    rules,
    square,
    write_csv,
    write_geojson,
    write_shapefile,
)
from tests.provider import Reply, as_json, paged, provider

HERE = shapely.Point(78.5, -24.5)


@pytest.fixture
def osm(tmp_path):
    """Parse OSM features given as properties, all at one place unless a shape is given too."""

    def osm(*features, iso3="XDM"):
        pairs = [one if isinstance(one, tuple) else (one, HERE) for one in features]
        numbered = [
            feature({"osm_id": i, "osm_type": "node", **tags}, shape) for i, (tags, shape) in enumerate(pairs, 1)
        ]
        return parse("osm_sites", write_geojson(tmp_path / "sites.geojson", numbered), iso3)

    return osm


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "hospital"}, "health"),
        ({"amenity": "health_post"}, "health"),
        ({"amenity": None, "healthcare": "laboratory"}, "health"),
        ({"building": "clinic"}, "health"),
        ({"amenity": "kindergarten"}, "education"),
        ({"amenity": "school", "historic": "yes", "healthcare": "clinic"}, "education"),
        ({"amenity": "place_of_worship", "building": "mosque"}, "worship"),
        ({"building": "church"}, "worship"),
        ({"historic": "archaeological_site"}, "heritage"),
        ({"heritage": "1", "ref:whc": "208"}, "heritage"),
        ({"tourism": "museum"}, "heritage"),
        ({"amenity": "library"}, "heritage"),
        ({"amenity": "refugee_site"}, "displacement_site"),
        ({"place": "refugee_camp"}, "displacement_site"),
        ({"refugee": "yes", "social_facility": "shelter"}, "displacement_site"),
        ({"site_class": "worship", "amenity": "school"}, "worship"),
    ],
)
def test_the_kind_follows_the_tags(osm, tags, kind):
    assert osm(tags).frames["sites"]["kind"].tolist() == [kind]


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "bar"},
        {"amenity": None},
        {"healthcare": "no"},
        {"historic": "no"},
        {"site_class": "x", "amenity": "school"},
    ],
)
def test_what_names_no_kind_is_quarantined(osm, tags):
    assert rules(osm({"amenity": "clinic"}, tags)) == [(2, "kind")]


def test_ids_are_type_and_number_however_they_are_written(tmp_path, osm):
    types = ["node", "nodes", "N", "way", "ways_poly", "relations"]
    found = osm(*({"amenity": "school", "osm_type": each} for each in types)).frames["sites"]
    assert found["native_id"].tolist() == ["node/1", "node/2", "node/3", "way/4", "way/5", "relation/6"]
    assert found["site_id"].tolist() == ["osm_sites:" + each for each in found["native_id"]]
    extract = write_geojson(tmp_path / "x.geojson", [feature({"@id": "way/990", "amenity": "school"}, square(0, 0))])
    assert parse("osm_sites", extract).frames["sites"]["native_id"].tolist() == ["way/990"]


def test_records_without_id_or_place_are_quarantined(osm):
    tags = {"amenity": "school"}
    parsed = osm(
        tags, {**tags, "osm_id": None}, {**tags, "osm_type": "area"}, (tags, shapely.Point(0, 0)), (tags, None)
    )
    assert sorted(rules(parsed)) == [(2, "native_id"), (3, "native_id"), (4, "coordinates"), (5, "geometry")]


def test_a_way_becomes_a_point_within_it_and_an_id_given_twice_is_quarantined(osm):
    u_shape = shapely.Polygon([(1, 1), (9, 1), (9, 9), (8, 9), (8, 2), (2, 2), (2, 9), (1, 9)])
    tags = {"amenity": "school", "osm_id": 7, "osm_type": "way", "name": None, "name_en": "School"}
    parsed = osm((tags, u_shape), (tags, u_shape), (tags, square(4, 4)))
    assert (rules(parsed), parsed.repeated) == ([(3, "duplicate")], 1)
    row = parsed.frames["sites"].iloc[0]
    assert u_shape.contains(shapely.Point(row["longitude"], row["latitude"]))
    assert row["name"] == "School"


def test_healthsites_nest_their_tags_and_personal_data_are_not_kept(tmp_path):
    attributes = {"amenity": "clinic", "name": "Ixborne clinic", "contact_number": "555", "changeset_user": "somebody"}
    one = feature({"osm_id": 5, "osm_type": "node", "completeness": 12.5, "attributes": attributes}, HERE)
    parsed = parse("osm_sites", write_geojson(tmp_path / "healthsites.geojson", [one]), "XDM")
    assert parsed.frames["sites"].to_dict("split")["data"] == [
        ["osm_sites:node/5", "osm_sites", "node/5", "health", "Ixborne clinic", 78.5, -24.5]
    ]


def test_a_zipped_export_is_read(tmp_path):
    columns = {
        "name": ["صيدلية", None],
        "amenity": ["pharmacy", "clinic"],
        "osm_id": [6898081298, 2],
        "osm_type": ["nodes"] * 2,
    }
    parsed = parse("osm_sites", write_shapefile(tmp_path / "hotosm.zip", columns, [HERE, HERE]), "XDM")
    assert parsed.frames["sites"]["native_id"].tolist() == ["node/6898081298", "node/2"]
    assert parsed.frames["sites"]["name"].tolist()[0] == "صيدلية"
    assert parsed.series == "XDM health node"


def node(number, latitude="12.35", longitude="-1.5", kind="health", country="a", name=""):
    place = {"osm_node_id": number, "latitude": latitude, "longitude": longitude, "name": name, "name_en": ""}
    return {**place, "amenity": "x", "site_class": kind, "country_file": country}


def test_a_table_of_nodes_is_read_and_a_node_of_two_countries_superseded_once(tmp_path):
    rows = [
        node(1),
        node(2, kind="education"),
        node(1, country="b"),
        node(2, "13", kind="education"),
        node(3, kind="shop"),
    ]
    rows += [node(4, "0", "0"), node(5, ""), node(6, "91"), node(7, "n/a")]
    parsed = parse("osm_sites", write_csv(tmp_path / "nodes.csv", rows))
    assert parsed.frames["sites"]["native_id"].tolist() == ["node/1", "node/2"]
    assert parsed.repeated == 1
    assert sorted(rules(parsed)) == [(5, "duplicate"), (6, "kind"), *((n, "coordinates") for n in (7, 8, 9, 10))]
    assert parsed.series == "world education+health node"


def test_a_few_odd_tags_do_not_make_another_series(osm):
    usual = [{"amenity": "clinic"}] * 40
    assert osm(*usual).series == osm(*usual, {"tourism": "museum", "osm_type": "way"}).series == "XDM health node"


def test_a_file_without_ids_of_openstreetmap_is_refused(tmp_path):
    path = write_geojson(tmp_path / "x.geojson", [feature({"amenity": "school"}, HERE)])
    assert_refused(lambda p: parse("osm_sites", p), path, "osm_id", "osm_type")


FACILITY = {
    "Country": "Sudan",
    "Admin1": "Kassala",
    "Facility name": "Aroma",
    "Facility type": "Hospital",
    "Ownership": "MoH",
}


def facility(latitude="15.8", longitude="36.1", **more):
    return {**FACILITY, "Lat": latitude, "Long": longitude, "LL source": "GPS", "iso3c": "SDN", **more}


@pytest.fixture
def who(tmp_path):
    return lambda *rows: parse("who_facilities", write_csv(tmp_path / "who.csv", rows))


@pytest.mark.parametrize(("latitude", "longitude"), [("", ""), ("0", "0"), ("not known", "36"), ("15", "")])
def test_facilities_without_coordinates_are_kept_without_a_place(who, latitude, longitude):
    parsed = who(facility(), facility(latitude, longitude))
    sites = parsed.frames["sites"]
    assert parsed.rejects == []
    assert np.isnan(sites["longitude"]).tolist() == np.isnan(sites["latitude"]).tolist() == [False, True]
    assert parsed.notes == ("1 of 2 facilities have no coordinates and are kept without a place.",)


def test_coordinates_out_of_range_are_quarantined(who):
    parsed = who(facility(), facility("95"), facility(longitude="361"))
    assert rules(parsed) == [(3, "coordinates"), (4, "coordinates")]
    assert parsed.notes == ()


def test_ids_do_not_depend_on_the_other_rows_and_copies_are_superseded(who):
    first, other, private = facility(), facility(**{"Facility name": "Other"}), facility(Ownership="NGO")
    ids = who(first, other, private).frames["sites"]["native_id"].tolist()
    assert ids[2] == ids[0].removesuffix("-1") + "-2"
    again = who(other, first, first, other, private)
    assert again.repeated == 2
    assert again.frames["sites"]["native_id"].tolist() == [ids[1], ids[0], ids[2]]


@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "91", "", "0"]), st.sampled_from(["2", "x"]), st.sampled_from("ab")), min_size=1
    )
)
def test_no_facility_is_lost(tmp_path_factory, cells):
    """As many good rows stand before, since a file of which most coordinates are words has changed its columns."""
    good = [facility(**{"Facility name": f"good {i}"}) for i in range(len(cells))]
    rows = [facility(latitude, longitude, **{"Facility name": name}) for latitude, longitude, name in cells]
    parsed = parse("who_facilities", write_csv(tmp_path_factory.mktemp("who") / "who.csv", good + rows))
    out_of_range = [cell for cell in cells if cell[:2] == ("91", "2")]
    assert (parsed.rows_in, len(parsed.rejects)) == (2 * len(cells), len(out_of_range))
    assert parsed.loaded == len(cells) + len(set(cells) - set(out_of_range))


def heritage(number, name, longitude="67.8", latitude="34.8", category="Cultural"):
    text = "<p>Texts are not ours to keep.</p>\nSecond line."
    facts = {"name_en": name, "short_description_en": text, "longitude": longitude, "latitude": latitude}
    return {"unique_number": number + 1000, "id_no": number, "rev_bis": "Rev", **facts, "category": category}


def test_world_heritage_is_text_without_html_whatever_its_category(tmp_path):
    rows = [
        heritage(1, "Fujian <em>Tulou</em>"),
        heritage(2, "Ulu<U>r</U>u &amp; Ixborne <br /><small>ruins</small> ", category="Natural"),
        heritage(3, "&lt;script&gt; <script>alert(1)</script>", category="Mixed"),
        heritage(4, "Beech forests", "0", "0"),
        heritage(5, "Far", "190"),
    ]
    parsed = parse("whc", write_csv(tmp_path / "whc.csv", rows))
    sites = parsed.frames["sites"]
    assert sites["name"].tolist() == ["Fujian Tulou", "Uluru & Ixborne ruins", "<script> alert(1)", "Beech forests"]
    assert set(sites["kind"]) == {"heritage"}
    assert sites["native_id"].tolist() == ["1", "2", "3", "4"]
    assert np.isnan(sites["longitude"]).tolist() == [False, False, False, True]
    assert rules(parsed) == [(10, "coordinates")]
    assert parsed.notes == ("1 of 5 properties have no coordinates and are kept without a place.",)


@pytest.mark.parametrize(
    ("inner", "outer", "is_one", "name"),
    [
        ({"name": "Ixborne"}, {"name": "IXBORNE"}, True, "IXBORNE"),
        ({"name": "Ixborne"}, {}, True, "Ixborne"),
        ({}, {"name": "Ixborne"}, True, "Ixborne"),
        ({"name": "Ixborne"}, {"name": "Fluxandra"}, False, "Fluxandra"),
        ({"amenity": "pharmacy"}, {"name": "Ixborne"}, False, "Ixborne"),
        ({"amenity": "school"}, {}, False, None),
        ({"osm_type": "way"}, {}, False, None),
    ],
)
def test_a_node_inside_its_own_outline_counts_once(osm, inner, outer, is_one, name):
    parsed = osm(
        ({"amenity": "hospital", **inner}, shapely.Point(4.5, 4.5)),
        ({"amenity": "hospital", "osm_type": "way", **outer}, square(4, 4)),
    )
    sites = parsed.frames["sites"].set_index("native_id")["name"]
    assert (parsed.repeated, len(sites)) == ((1, 1) if is_one else (0, 2))
    assert (sites["way/2"] if isinstance(sites["way/2"], str) else None) == name
    assert parsed.notes == (
        ("1 nodes lie within the outline of the same facility, and count with it.",) if is_one else ()
    )


def test_a_node_outside_an_outline_is_another_facility(osm):
    tags = {"amenity": "hospital", "name": "Ixborne"}
    assert osm((tags, shapely.Point(9, 9)), ({**tags, "osm_type": "way"}, square(4, 4))).repeated == 0


U_SHAPE = [(1, 1), (9, 1), (9, 9), (8, 9), (8, 2), (2, 2), (2, 9), (1, 9), (1, 1)]


def line(points):
    return [{"lat": y, "lon": x} for x, y in points]


def overpass(*elements, **more):
    """Return an answer of Overpass."""
    about = {"timestamp_osm_base": "2025-11-04T09:20:31Z", "copyright": "ODbL"}
    return {"version": 0.6, "generator": "Overpass API", "osm3s": about, "elements": list(elements), **more}


SCHOOL = {"amenity": "school", "phone": "555"}
ELEMENTS = [
    {"type": "node", "id": 1, "lat": -24.5, "lon": 78.5, "user": "somebody", "tags": {**SCHOOL, "name": "Ixborne"}},
    {"type": "way", "id": 2, "center": {"lat": 1.5, "lon": 2.5}, "nodes": [7], "tags": {"healthcare": "clinic"}},
    {"type": "way", "id": 3, "geometry": line(U_SHAPE), "tags": {"building": "mosque", "name:en": "Mosque"}},
    {
        "type": "relation", "id": 4, "tags": {"type": "multipolygon", "historic": "castle"},
        "members": [
            {"type": "way", "ref": 5, "role": "outer", "geometry": line(U_SHAPE[:5])},
            {"type": "way", "ref": 6, "role": "outer", "geometry": line(U_SHAPE[4:])},
            {"type": "node", "ref": 1, "role": "entrance", "lat": 1, "lon": 1},
        ],
    },
    {"type": "way", "id": 8, "bounds": {"minlat": 1, "minlon": 2, "maxlat": 3, "maxlon": 4}, "tags": SCHOOL},
]  # fmt: skip


@pytest.fixture
def answer(tmp_path):
    """Parse an answer of Overpass."""

    def answer(document):
        (tmp_path / "overpass.json").write_text(json.dumps(document))
        return parse("osm_sites", tmp_path / "overpass.json", "XDM")

    return answer


def test_an_answer_of_overpass_gives_each_object_a_place_within_it(answer):
    parsed = answer(overpass(*ELEMENTS))
    sites = parsed.frames["sites"].set_index("native_id")
    assert sites["kind"].to_dict() == {
        "node/1": "education", "way/2": "health", "way/3": "worship", "relation/4": "heritage", "way/8": "education",
    }  # fmt: skip
    places = shapely.points(sites["longitude"], sites["latitude"])
    assert [places[i].coords[0] for i in (0, 1, 4)] == [(78.5, -24.5), (2.5, 1.5), (3.0, 2.0)]
    assert [shapely.Polygon(U_SHAPE).contains(places[i]) for i in (2, 3)] == [True, True]
    assert sites["name"].dropna().to_dict() == {"node/1": "Ixborne", "way/3": "Mosque"}
    assert (parsed.series, parsed.published, parsed.notes) == ("XDM all", date(2025, 11, 4), ())
    assert "phone" not in parsed.columns


def test_corners_of_ways_are_no_records_and_give_them_their_outline(answer):
    corners = [{"type": "node", "id": 10 + i, "lat": y, "lon": x} for i, (x, y) in enumerate(U_SHAPE[:-1])]
    way = {"type": "way", "id": 3, "nodes": [*range(10, 18), 10], "tags": SCHOOL}
    parsed = answer(
        overpass(way, *corners, {"type": "node", "id": 99, "lat": 1, "lon": 1, "tags": {"entrance": "yes"}})
    )
    assert (parsed.rows_in, parsed.loaded) == (1, 1)
    row = parsed.frames["sites"].iloc[0]
    assert shapely.Polygon(U_SHAPE).contains(shapely.Point(row["longitude"], row["latitude"]))


def test_an_answer_that_overpass_broke_off_is_refused(tmp_path):
    path = tmp_path / "overpass.json"
    path.write_text(json.dumps(overpass(*ELEMENTS, remark='runtime error: Query timed out in "query" at line 1.')))
    assert_refused(lambda p: parse("osm_sites", p), path, "broke off", "timed out")


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        (7, "not_a_feature"),
        ({"type": "node", "id": 9, "tags": SCHOOL}, "geometry"),
        ({"type": "way", "id": 9, "tags": SCHOOL, "geometry": [{"lat": "x"}]}, "geometry"),
        ({"type": "node", "id": 9, "lat": 91, "lon": 1, "tags": SCHOOL}, "coordinates"),
        ({"type": "node", "id": 9, "lat": 0, "lon": 0, "tags": SCHOOL}, "coordinates"),
        ({"type": "area", "id": 9, "lat": 1, "lon": 1, "tags": SCHOOL}, "native_id"),
        ({"type": "node", "id": 1, "lat": 1, "lon": 1, "tags": SCHOOL}, "duplicate"),
        ({"type": "node", "id": [9], "lat": 1, "lon": 1, "tags": SCHOOL}, "native_id"),
        ({"type": "way", "id": 9, "nodes": [[1], 1, {}], "members": 7, "tags": {**SCHOOL, "name": [1]}}, "geometry"),
        ({"type": "node", "id": 9, "lat": 1e308, "lon": {}, "tags": SCHOOL}, "geometry"),
    ],
)
def test_elements_that_cannot_be_sites_are_quarantined_without_what_is_personal(answer, element, rule):
    parsed = answer(overpass(*ELEMENTS, element))
    assert rules(parsed) == [(6, rule)]
    assert "555" not in parsed.rejects[0].raw


def test_an_extract_gives_its_sites_and_counts_nothing_else(tmp_path):
    corners = [pbf.node(10 + i, x, y) for i, (x, y) in enumerate([(34, 15), (34.01, 15), (34.01, 15.01), (34, 15.01)])]
    elements = [
        pbf.node(1, 33.0, 15.0, amenity="hospital", name="مستشفى"),
        pbf.node(2, 34.005, 15.005, healthcare="clinic", name__en="Clinic"),
        pbf.node(3, 33.1, 15.1, amenity="bench"),
        pbf.node(4, 33.2, 15.1, historic="no"),
        *corners,
        pbf.way(20, [10, 11, 12, 13, 10], healthcare="clinic"),
        pbf.way(21, [10, 11, 12], highway="track"),
    ]
    parsed = parse("osm_sites", pbf.write_pbf(tmp_path / "xdm.osm.pbf", elements), "XDM")
    assert (parsed.rows_in, parsed.repeated, parsed.rejects) == (3, 1, [])
    sites = parsed.frames["sites"].set_index("native_id")["name"].to_dict()
    assert sites == {"node/1": "مستشفى", "way/20": "Clinic"}
    assert (parsed.series, parsed.published) == ("XDM all", date(2023, 11, 14))


@pytest.fixture
def server():
    with provider() as running:
        yield running


INTERPRETER = "overpass-api.de/api/interpreter"


def test_overpass_is_asked_for_every_kind_of_a_country(server, tmp_path):
    server.script(INTERPRETER, as_json(overpass(*ELEMENTS)))
    (file,), _ = asked(server, tmp_path, "osm_sites", "SDN")
    assert (file.known_at, file.url, file.iso3) == (date(2025, 11, 4), f"https://{INTERPRETER}", "SDN")
    assert json.loads(file.path.read_bytes()) == overpass(*ELEMENTS)
    assert parse("osm_sites", file.path, "SDN").loaded == 5
    (seen,) = server.seen
    query = seen.form["data"]
    assert seen.method == "POST"
    assert 'area["ISO3166-1"="SD"]' in query
    assert all(
        word in query for word in ("hospital", "place_of_worship", "refugee_site", '["historic"]["historic"!="no"]')
    )


def test_overpass_may_think_longer_than_others(server, tmp_path):
    server.script(INTERPRETER, Reply(body=json.dumps(overpass(*ELEMENTS)).encode(), wait_s=1.0))
    (_,), failures = asked(server, tmp_path, "osm_sites", "SDN", read_s=0.3)
    assert failures == []


PACKAGE = "data.humdata.org/api/3/action/package_show"
EXPORTS = "s3.dualstack.us-east-1.amazonaws.com/production-raw-data-api/ISO3/SDN/health_facilities"


@pytest.fixture
def exports(server, tmp_path):
    """Play HDX with HOT's exports of health facilities, and none of schools."""
    columns = {"name": ["a"], "amenity": ["clinic"], "osm_id": [5], "osm_type": ["nodes"]}
    content = write_shapefile(tmp_path / "points.zip", columns, [HERE]).read_bytes()
    urls = [f"https://{EXPORTS}/points/hotosm_sdn_health_facilities_points_{end}.zip" for end in ("shp", "geojson")]
    listing = [{"url": url, "last_modified": "2025-11-04T09:20:00"} for url in urls]

    def package(seen):
        is_health = seen.query["id"] == "hotosm_sdn_health_facilities"
        return as_json({"result": {"resources": listing}}) if is_health else Reply(404)

    server.script(PACKAGE, package)
    server.script(urls[0].removeprefix("https://"), Reply(body=content))
    return server


@pytest.mark.parametrize(
    "reply",
    [
        as_json(overpass(*ELEMENTS, remark="runtime error: Query ran out of memory")),
        as_json(overpass()),
        Reply(body=json.dumps(overpass(*ELEMENTS)).encode()[:-40]),
        Reply(body=b"<html><body>Gateway timeout</body></html>"),
        Reply(504),
    ],
)
def test_where_overpass_fails_the_exports_come_and_its_answer_is_no_snapshot(exports, tmp_path, reply):
    exports.script(INTERPRETER, reply)
    (file,), failures = asked(exports, tmp_path, "osm_sites", "SDN")
    assert (file.path.name, file.known_at) == ("hotosm_sdn_health_facilities_points_shp.zip", date(2025, 11, 4))
    series = parse("osm_sites", file.path, "SDN", file.asked).series
    assert series == "SDN hotosm_sdn_health_facilities_points_shp"
    assert [name for name, _ in failures] == ["Overpass", "hotosm_sdn_education_facilities"]
    kept = list((tmp_path / "refused" / "osm_sites").glob("*/reason.json"))
    assert len(kept) == (0 if reply.status == 504 else 1)


@pytest.mark.parametrize("name", ["osm_sites", "healthsites"])
@pytest.mark.parametrize("iso3", [None, "XXX"])
def test_sites_are_fetched_by_country(server, tmp_path, name, iso3):
    with pytest.raises(UsageError, match="--iso3"):
        asked(server, tmp_path, name, iso3)


def healthsite(number, **more):
    """Return a facility as the API gives it, with properties that reach persons."""
    attributes = {
        "amenity": "clinic",
        "name": f"Clinic {number}",
        "contact_number": "555",
        "changeset_user": "somebody",
    }
    return {"osm_id": number, "osm_type": "node", "completeness": 12.5, "attributes": {**attributes, **more}}


def as_feature(facility, shape=HERE):
    return feature(facility, shape)


def test_healthsites_share_the_ids_of_openstreetmap_in_both_forms(tmp_path):
    point = {"type": "Point", "coordinates": [78.5, -24.5]}
    plain = tmp_path / "sites.json"
    plain.write_text(json.dumps([{**healthsite(n), "centroid": point} for n in (5, 6)]))
    features = write_geojson(tmp_path / "sites.geojson", [as_feature(healthsite(n)) for n in (5, 6)])
    for path in (plain, features):
        parsed = parse("healthsites", path, "XDM")
        assert parsed.frames["sites"].to_dict("split")["data"] == [
            [f"healthsites:node/{n}", "healthsites", f"node/{n}", "health", f"Clinic {n}", 78.5, -24.5] for n in (5, 6)
        ]
        assert (parsed.series, parsed.notes) == ("XDM", ())
        assert not {"contact_number", "changeset_user"} & set(parsed.columns)


def test_what_names_or_reaches_a_person_is_in_no_quarantined_row(tmp_path):
    rows = [as_feature(healthsite(5)), as_feature(healthsite(6), None), as_feature(healthsite(None))]
    parsed = parse("healthsites", write_geojson(tmp_path / "sites.geojson", rows))
    assert sorted(rules(parsed)) == [(2, "geometry"), (3, "native_id")]
    assert not any(word in reject.raw for reject in parsed.rejects for word in ("555", "somebody"))


def test_an_error_report_of_healthsites_is_refused(tmp_path):
    path = tmp_path / "sites.json"
    path.write_text(json.dumps({"detail": "Invalid api-key"}))
    assert_refused(lambda p: parse("healthsites", p), path, "error report")


API = "healthsites.io/api/v3/facilities/"
CANARY = "canary-7Hq2+x/9=z"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("FOREWATCH_HEALTHSITES_KEY", CANARY)


def envelope(records, _):
    return {"type": "FeatureCollection", "features": records}


@pytest.mark.usefixtures("key")
def test_pages_of_healthsites_are_asked_for_until_one_is_empty_and_the_key_stays_here(server, tmp_path):
    facilities = [as_feature(healthsite(n)) for n in range(1, 8)]
    server.script(API, paged(facilities, 3, envelope))
    (file,), _ = asked(server, tmp_path, "healthsites", "SDN")
    assert [seen.query["page"] for seen in server.seen] == ["1", "2", "3", "4"]
    assert {(seen.query["country"], seen.query["api-key"], seen.query["output"]) for seen in server.seen} == {
        ("Sudan", CANARY, "geojson")
    }
    parsed = parse("healthsites", file.path, "SDN")
    assert (parsed.rows_in, parsed.loaded) == (7, 7)
    assert file.url == f"https://{API}?country=Sudan&output=geojson&flat-properties=true"
    assert CANARY.encode() not in file.path.read_bytes()


@pytest.mark.usefixtures("key")
def test_a_page_of_healthsites_that_comes_twice_is_refused(server, tmp_path):
    server.script(API, as_json(envelope([as_feature(healthsite(1))], 1)))
    with pytest.raises(FileRefused, match="same page"):
        asked(server, tmp_path, "healthsites", "SDN")


PORTAL = "data.unesco.org/api/explore/v2.1/catalog/datasets/whc001"


def record(number, lon=67.8, lat=34.8):
    """Return a property as the data portal gives it."""
    place = None if lon is None else {"lon": lon, "lat": lat}
    return {
        "id_no": number,
        "name_en": f"Ruins {number}",
        "category": "Cultural",
        "coordinates": place,
        "danger": "False",
    }


def play_portal(server, records, **claims):
    """Play the portal with pages of a hundred."""

    def page(seen):
        start, size = int(seen.query["offset"]), int(seen.query["limit"])
        return as_json({"total_count": len(records), **claims, "results": records[start : start + size]})

    server.script(
        PORTAL, as_json({"dataset_id": "whc001", "metas": {"default": {"modified": "2025-07-14T08:00:00+00:00"}}})
    )
    server.script(f"{PORTAL}/records", page)


def test_the_data_portal_gives_the_whole_list_of_world_heritage(server, tmp_path):
    play_portal(server, [record(n) for n in range(1, 249)] + [record(999, None), record(1000, -181.0)])
    (file,), _ = asked(server, tmp_path, "whc")
    assert (file.known_at, file.iso3) == (date(2025, 7, 14), None)
    assert [seen.query.get("offset") for seen in server.seen] == [None, "0", "100", "200"]
    assert "short_description_en" not in server.seen[1].query["select"]
    parsed = parse("whc", file.path)
    sites = parsed.frames["sites"].set_index("native_id")
    assert (parsed.rows_in, parsed.loaded, rules(parsed)) == (250, 249, [(250, "coordinates")])
    assert sites.loc["208", ["name", "longitude", "latitude"]].tolist() == ["Ruins 208", 67.8, 34.8]
    assert parsed.notes == ("1 of 250 properties have no coordinates and are kept without a place.",)


def test_a_list_of_world_heritage_that_is_too_short_is_refused(server, tmp_path):
    play_portal(server, [record(n) for n in range(1, 150)], total_count=1248)
    with pytest.raises(FileRefused, match="claim 1,248 records and hold 149"):
        asked(server, tmp_path, "whc")
    one = tmp_path / "page.json"
    one.write_text(json.dumps({"total_count": 1248, "results": [record(1)]}))
    assert_refused(lambda p: parse("whc", p), one, "claims 1248 records")


def test_a_portal_that_describes_its_list_in_a_new_way_is_told(server, tmp_path):
    play_portal(server, [record(1)])
    server.script(PORTAL, as_json({"metas": []}))
    with pytest.raises(DataError, match="new way"):
        asked(server, tmp_path, "whc")


def test_world_heritage_without_any_place_is_refused(tmp_path):
    path = tmp_path / "whc.json"
    path.write_text(json.dumps({"results": [{"id_no": 1, "name_en": "Ruins"}]}))
    assert_refused(lambda p: parse("whc", p), path, "coordinates")


DEPOSIT = "springernature.figshare.com/ndownloader/files/14379593"


def test_the_deposited_workbook_of_facilities_is_fetched_as_of_its_publication(server, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Country", "Admin1", "Facility name", "Facility type", "Ownership", "Lat", "Long", "LL source"])
    book.active.append(["Sudan", "Kassala", "Aroma", "Hospital", "MoH", 15.8, 36.1, "GPS"])
    book.save(tmp_path / "deposit.xlsx")
    content = (tmp_path / "deposit.xlsx").read_bytes()
    server.script(DEPOSIT, Reply(body=content, ranges=True))
    (file,), _ = asked(server, tmp_path, "who_facilities")
    assert (file.known_at, file.url) == (date(2019, 7, 25), f"https://{DEPOSIT}")
    assert parse("who_facilities", file.path).frames["sites"]["name"].tolist() == ["Aroma"]
    server.script(DEPOSIT, Reply(body=content[:-100]))
    with pytest.raises(FileRefused, match="cut off or damaged"):
        asked(server, tmp_path, "who_facilities")


@pytest.mark.parametrize(
    ("name", "words"),
    [("who_facilities", ["Admin1", "Facility type"]), ("whc", ["id_no or unique_number", "name_en or site"])],
)
def test_a_list_that_lost_columns_is_refused_with_all_of_them(tmp_path, name, words):
    path = write_csv(tmp_path / "x.csv", [{"Country": "Sudan", "Facility name": "x", "Lat": 1, "Long": 2}])
    assert_refused(lambda p: parse(name, p), path, *words)


@pytest.mark.parametrize("name", ["osm_sites", "healthsites", "who_facilities", "whc"])
def test_the_sources_say_what_they_are(name):
    said = source(name)
    assert (said.id, said.tables) == (name, ("sites",))
    assert all(
        (said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats, said.fields)
    )
    assert said.cadence_days > 0


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "path", "rows_in", "loaded", "kinds"),
    [
        ("osm_sites", "hotosm_sdn_raw_health_facilities.zip", 1126, 1126, {"health": 1126}),
        (
            "osm_sites",
            "osm2019_protected_site_nodes_13countries.csv",
            40_879,
            40_696,
            {"education": 22_233, "health": 10_275, "worship": 8_188},
        ),
        ("who_facilities", "who_ssa_public_health_facilities_2019.csv", 98_745, 98_742, {"health": 98_742}),
        ("whc", "whc-sites-2021.csv", 1155, 1155, {"heritage": 1155}),
    ],
)
def test_the_providers_files(realdata, name, path, rows_in, loaded, kinds):
    parsed = parse(name, realdata / "sites" / path)
    assert (parsed.rows_in, parsed.loaded, parsed.rejects) == (rows_in, loaded, [])
    assert parsed.frames["sites"]["kind"].value_counts().to_dict() == kinds
    assert not parsed.frames["sites"]["name"].str.contains("<[a-zA-Z/]", na=False).any()
