"""Protected sites: kinds from tags, ids that stay, missing places kept or quarantined by each source's rule."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines._source import source
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
    rows = [facility(latitude, longitude, **{"Facility name": name}) for latitude, longitude, name in cells]
    parsed = parse("who_facilities", write_csv(tmp_path_factory.mktemp("who") / "who.csv", rows))
    out_of_range = [cell for cell in cells if cell[:2] == ("91", "2")]
    assert (parsed.rows_in, len(parsed.rejects)) == (len(cells), len(out_of_range))
    assert parsed.loaded == len(set(cells) - set(out_of_range))


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


@pytest.mark.parametrize("name", ["osm_sites", "who_facilities", "whc"])
def test_the_sources_say_what_they_are(name):
    said = source(name)
    assert (said.id, said.tables) == (name, ("sites",))
    assert all((said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats))
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
