"""GeoJSON, GeoPackages, shapefiles, extracts: each feature is a row or a reject, each geometry kept can be trusted."""

import json
import zipfile
from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines.readers.extract import read_pbf
from data_pipelines.readers.pbf import published
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.vector import read_features
from geo.geodesy import area_km2
from tests.data_pipelines import pbf
from tests.data_pipelines.invented import (
    assert_refused,
    feature,
    rules,
    square,
    write_geojson,
    write_shapefile,
    zip_parts,
)

NO_GEOMETRY = [
    None,
    {"type": "Polygon", "coordinates": "x"},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    {"type": "Polygon", "coordinates": []},
    {"type": "Point"},
    {"type": "Blob", "coordinates": [1, 2]},
    {"type": "Point", "coordinates": {"x": 1}},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 0], [0, 0]]]},
    7,
]
OUTSIDE = [[181.0, 2.0], [2.0, 90.5], [500.0, 1000.0]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "invented.geojson"


def test_properties_become_text_and_nested_ones_columns(path):
    properties = {
        "name": " Ixborne ",
        "osm_id": 6898081298.0,
        "share": 0.5,
        "is_open": True,
        "none": None,
        "beds": "NA",
    }
    first = {**feature({**properties, "attributes": {"amenity": "clinic"}}, shapely.Point(1, 2)), "id": "node/1"}
    read = read_features(write_geojson(path, [first, feature({"name": "x"}, shapely.Point(1, 2, 3))]))
    assert read.rows.frame.iloc[0].dropna().to_dict() == {
        "id": "node/1",
        "amenity": "clinic",
        "name": "Ixborne",
        "osm_id": "6898081298",
        "share": "0.5",
        "is_open": "true",
    }
    assert read.rows.lines.tolist() == [1, 2]
    assert not shapely.has_z(read.geometries).any()
    assert json.loads(read.rows.raw(0)) == json.loads(json.dumps(first))


@pytest.mark.parametrize("geometry", NO_GEOMETRY)
def test_a_feature_without_usable_geometry_is_kept_as_a_reject(path, geometry):
    read = read_features(write_geojson(path, [feature({"a": 1}, geometry), feature({"a": 2}, square(0, 0))]))
    assert rules(read.rows) == [(1, "geometry")]
    assert read.rows.frame["a"].tolist() == ["2"]
    assert json.loads(read.rows.rejects[0].raw)["geometry"] == geometry


@pytest.mark.parametrize("place", OUTSIDE)
def test_coordinates_out_of_range_are_rejects(path, place):
    point = {"type": "Point", "coordinates": place}
    assert rules(read_features(write_geojson(path, [feature({"a": 1}, point)])).rows) == [(1, "coordinates")]


def test_an_infinite_coordinate_is_a_reject(path):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature({"a": 1}, shapely.Point(7, 1))]}))
    path.write_text(path.read_text().replace("7.0", "1e400"))
    assert rules(read_features(path).rows) == [(1, "coordinates")]


def test_what_is_not_a_feature_or_holds_damaged_text_is_a_reject(path):
    good = feature({"a": "x"}, shapely.Point(1, 2))
    entries = [
        None,
        "x",
        {"type": "Polygon"},
        {**good, "properties": [1]},
        feature({"a": "\0"}, shapely.Point(1, 2)),
        good,
    ]
    read = read_features(write_geojson(path, entries))
    assert rules(read.rows) == [*((n, "not_a_feature") for n in (1, 2, 3, 4)), (5, "bytes")]
    assert read.rows.rows_in == 6


@given(st.lists(st.sampled_from(["point", "bow tie", "none", "bad", "far", "not"]), max_size=12))
def test_no_feature_is_lost(tmp_path_factory, kinds):
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    of_kind = {
        "point": feature({"a": 1}, shapely.Point(3, 4)),
        "bow tie": feature({"a": 1}, bow_tie),
        "none": feature({"a": 1}, None),
        "bad": feature({"a": 1}, {"type": "Point", "coordinates": "x"}),
        "far": feature({"a": 1}, shapely.Point(999, 4)),
        "not": 5,
    }
    path = write_geojson(tmp_path_factory.mktemp("features") / "x.geojson", [of_kind[kind] for kind in kinds])
    if set(kinds) == {"not"}:
        assert_refused(read_features, path, "no readable properties")
        return
    read = read_features(path)
    assert read.rows.rows_in == len(kinds) == len(read.rows.frame) + len(read.rows.rejects)
    assert len(read.geometries) == len(read.rows.frame) == sum(kind in ("point", "bow tie") for kind in kinds)
    assert sorted([*read.rows.lines, *(r.line for r in read.rows.rejects)]) == list(range(1, len(kinds) + 1))
    assert shapely.is_valid(read.geometries).all()


def test_an_invalid_polygon_is_repaired_and_the_change_told(path):
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    spike = shapely.Polygon([(5, 0), (6, 0), (6, 1), (6, 2), (6, 1), (5, 1)])
    read = read_features(write_geojson(path, [feature({"a": 1}, shape) for shape in (bow_tie, spike, square(8, 8))]))
    assert shapely.is_valid(read.geometries).all()
    assert read.geometries[0].area == pytest.approx(0.5)
    assert read.geometries[1].equals(square(5, 0))
    before, after = area_km2(np.array([bow_tie, spike])).sum(), area_km2(read.geometries[:2]).sum()
    assert read.notes == (f"2 invalid polygons were repaired, {before:,.1f} km2 before and {after:,.1f} km2 after.",)


@pytest.mark.parametrize(
    "coordinates",
    [
        [[], [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]],
        [[[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], []]],
        [[[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], None]],
    ],
)
def test_rings_and_parts_without_points_are_left_out(path, coordinates):
    """Of one of them GEOS ends the whole process when it cuts sides to measure an area."""
    shape = {"type": "MultiPolygon", "coordinates": coordinates}
    read = read_features(write_geojson(path, [feature({"a": 1}, shape), feature({"a": 2}, square(0, 0))]))
    assert read.rows.rows_in == 2
    assert all(shape.equals(square(0, 0)) for shape in read.geometries)
    assert set(area_km2(read.geometries).round(6)) == set(area_km2(np.array([square(0, 0)])).round(6))


def test_a_polygon_over_the_antimeridian_is_cut(path):
    shapes = [square(178, -18, 4), shapely.Polygon([(178, -18), (-178, -18), (-178, -14), (178, -14)])]
    read = read_features(write_geojson(path, [feature({"a": 1}, shape) for shape in shapes]))
    for shape in read.geometries:
        assert shape.equals(
            shapely.union_all(
                [square(178, -18, 2).union(shapely.box(178, -16, 180, -14)), shapely.box(-180, -18, -178, -14)]
            )
        )


def crs(name):
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_degrees_stay_longitude_first_whatever_the_crs_member_calls_them(path, name):
    read = read_features(write_geojson(path, [feature({"a": 1}, shapely.Point(33, 15))], crs=crs(name)))
    assert read.geometries[0].equals(shapely.Point(33, 15))
    assert read.notes == ()


def test_other_coordinate_systems_are_transformed(path):
    metres = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32636", always_xy=True).transform(33.5, 15.25)
    members = [feature({"a": 1}, shapely.Point(metres)), feature({"a": 2}, None)]
    read = read_features(write_geojson(path, members, crs=crs("EPSG:32636")))
    assert read.geometries[0].distance(shapely.Point(33.5, 15.25)) < 1e-9
    assert "UTM zone 36N" in read.notes[0]
    assert rules(read.rows) == [(2, "geometry")]


@pytest.mark.parametrize("member", [crs("EPSG:999999"), {"type": "link"}, "CRS84", crs(None)])
def test_an_unknown_coordinate_system_is_refused(path, member):
    assert_refused(
        read_features, write_geojson(path, [feature({"a": 1}, square(0, 0))], crs=member), "coordinate system"
    )


@given(st.data())
def test_a_geojson_cut_off_anywhere_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cut")
    whole = write_geojson(
        folder / "whole.geojson", [feature({"a": f"n {i}"}, square(i, 0)) for i in range(5)]
    ).read_bytes()
    cut = folder / "cut.geojson"
    cut.write_bytes(whole[: data.draw(st.integers(1, len(whole) - 1))])
    assert_refused(read_features, cut, "cut.geojson")


def test_other_kinds_and_files_that_point_elsewhere_are_refused(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
    vrt = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    named = tmp_path / "x.geojson"
    named.write_text(vrt)
    assert_refused(read_features, named, "VRT")
    parts = {"a.shp": vrt, "a.shx": vrt, "a.dbf": vrt}
    assert_refused(read_features, zip_parts(tmp_path / "vrt.zip", parts), "cut off or damaged")
    coded = {name: b"\x00\x00\x27\x0a" + vrt.encode() for name in parts}
    assert_refused(read_features, zip_parts(tmp_path / "coded.zip", coded), "cut off or damaged")
    assert_refused(read_features, secret, "csv")


def test_a_geojson_without_list_or_properties_is_refused(path):
    path.write_text('{"type": "FeatureCollection", "features": {}}')
    assert_refused(read_features, path, "no list of features")
    assert_refused(read_features, write_geojson(path, [feature({}, square(0, 0))]), "properties")


@pytest.fixture
def zipped(tmp_path):
    names = ["مستشفى", "b" * 70, None, "d"]
    columns = {"name": names, "osm_id": [6898081298, 2, 3, 4], "size": [1.5, 2.0, np.nan, 4.0]}
    shapes = [shapely.Point(32.6 + i, 15.6) for i in range(4)]
    return lambda name="x.zip", **more: write_shapefile(tmp_path / name, columns, more.pop("shapes", shapes), **more)


def test_a_zipped_shapefile_is_read_with_its_letters_and_missing_values(zipped):
    read = read_features(zipped())
    assert read.rows.frame["name"].fillna("").tolist() == ["مستشفى", "b" * 70, "", "d"]
    assert read.rows.frame["osm_id"].tolist() == ["6898081298", "2", "3", "4"]
    assert read.rows.frame["size"].fillna("").tolist() == ["1.5", "2", "", "4"]
    assert shapely.get_x(read.geometries).tolist() == pytest.approx([32.6, 33.6, 34.6, 35.6])
    assert read.notes == ()


def test_a_shapefile_without_prj_is_taken_as_degrees_and_says_so(zipped):
    read = read_features(zipped(without=(".prj", ".cpg")))
    assert shapely.get_x(read.geometries)[0] == 32.6
    assert read.notes == ("It tells no coordinate system (.prj); its coordinates are taken as OGC:CRS84.",)


def test_a_projected_shapefile_is_transformed(zipped):
    to_metres = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:20136", always_xy=True)
    shapes = [shapely.Point(to_metres.transform(32.6 + i, 15.6)) for i in range(4)]
    read = read_features(zipped(shapes=shapes, crs="EPSG:20136"))
    assert shapely.get_x(read.geometries).tolist() == pytest.approx([32.6, 33.6, 34.6, 35.6], abs=1e-7)
    assert "Adindan" in read.notes[0]


def test_null_shapes_are_rejects(zipped):
    read = read_features(zipped(shapes=[shapely.Point(1, 1), None, shapely.Point(2, 2), None]))
    assert rules(read.rows) == [(2, "geometry"), (4, "geometry")]
    assert json.loads(read.rows.rejects[0].raw)["name"] == "b" * 70


@given(st.sampled_from([".shp", ".shx", ".dbf"]), st.floats(0, 1, exclude_max=True))
def test_a_shapefile_with_any_part_cut_off_is_refused(tmp_path_factory, part, share):
    folder = tmp_path_factory.mktemp("cut")
    whole = write_shapefile(folder / "whole.zip", {"a": list(range(30))}, [shapely.Point(i, i) for i in range(30)])
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = parts[f"sites{part}"]
    end = len(content) - (part == ".dbf")  # the last byte of a .dbf only marks its end
    parts[f"sites{part}"] = content[: int(share * end)]
    assert_refused(read_features, zip_parts(folder / "cut.zip", parts), "cut.zip")


def test_a_shapefile_whose_parts_disagree_is_refused(tmp_path):
    counts = {}
    for number in (3, 4):
        path = write_shapefile(tmp_path / f"{number}.zip", {"a": list(range(number))}, [shapely.Point(0, 1)] * number)
        with zipfile.ZipFile(path) as archive:
            counts[number] = {name: archive.read(name) for name in archive.namelist()}
    mixed = {**counts[3], "sites.dbf": counts[4]["sites.dbf"]}
    assert_refused(read_features, zip_parts(tmp_path / "mixed.zip", mixed), "3 shapes and 4 rows")
    deleted = bytearray(counts[3]["sites.dbf"])
    header_bytes = int.from_bytes(deleted[8:10], "little")
    deleted[header_bytes] = ord("*")
    fewer = {**counts[3], "sites.dbf": bytes(deleted)}
    assert_refused(read_features, zip_parts(tmp_path / "deleted.zip", fewer), "3 records, of which 2 can be read")


def test_a_shapefile_with_an_unknown_coordinate_system_is_refused(tmp_path):
    whole = write_shapefile(tmp_path / "whole.zip", {"a": [1]}, [shapely.Point(0, 1)])
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    broken = {**parts, "sites.prj": b"PROJCS[nonsense"}
    assert_refused(read_features, zip_parts(tmp_path / "prj.zip", broken), "coordinate system")


def test_pages_of_collections_are_read_as_one(path):
    pages = [{"type": "FeatureCollection", "features": [feature({"a": i}, shapely.Point(i, 2))]} for i in (1, 2)]
    path.write_text(json.dumps({"pages": pages}))
    read = read_features(path)
    assert read.rows.frame["a"].tolist() == ["1", "2"]
    assert read.rows.lines.tolist() == [1, 2]
    path.write_text(json.dumps({"pages": [*pages, {"type": "FeatureCollection"}]}))
    assert_refused(read_features, path, "no list of features")
    path.write_text(
        json.dumps({"pages": [{**pages[0], "crs": crs("EPSG:4326")}, {**pages[1], "crs": crs("EPSG:3857")}]})
    )
    assert_refused(read_features, path, "coordinate system")


def test_what_is_not_taken_in_is_in_no_column_and_in_no_raw_text(path):
    personal = {"name": "a", "contact_number": "555", "attributes": {"changeset_user": "somebody", "beds": 1}}
    rows = [feature(personal, shapely.Point(1, 2)), feature(personal, None)]
    read = read_features(write_geojson(path, rows), ("contact_number", "changeset_user"))
    assert sorted(read.rows.frame) == ["beds", "name"]
    (reject,) = read.rows.rejects
    assert "555" not in reject.raw + read.rows.raw(0)
    assert "somebody" not in reject.raw + read.rows.raw(0)


@pytest.fixture
def geopackage(tmp_path):
    """Write layers of points, each with a name, as a GeoPackage."""

    def write(*layers, crs="EPSG:4326"):
        path = tmp_path / "sites.gpkg"
        for name in layers:
            points = gpd.GeoDataFrame({"name": ["مستشفى", None], "beds": [4.0, None]}, geometry=[HERE, None], crs=crs)
            points.to_file(path, layer=name, driver="GPKG")
        return path.rename(tmp_path / "sites.csv")

    return write


HERE = shapely.Point(32.6, 15.6)


def test_a_geopackage_is_read_whatever_its_name(geopackage):
    path = geopackage("sites")
    assert sniff(path) == "gpkg"
    read = read_features(path)
    assert read.rows.frame.to_dict("records") == [{"name": "مستشفى", "beds": "4"}]
    assert rules(read.rows) == [(2, "geometry")]
    assert read.geometries[0].equals(HERE)
    assert read.notes == ()


def test_a_geopackage_of_several_layers_is_refused(geopackage):
    assert_refused(read_features, geopackage("sites", "roads"), "2 layers, not one")


def test_a_geopackage_is_transformed(geopackage):
    read = read_features(geopackage("sites", crs="EPSG:3857"))
    assert "transformed from" in read.notes[0]


def test_a_geopackage_cut_anywhere_is_refused(geopackage):
    path = geopackage("sites")
    whole = path.read_bytes()
    for length in range(1, len(whole), 997):
        path.write_bytes(whole[:length])
        assert_refused(read_features, path, ".")


SQUARE = (2, 3, 4, 5, 2)
EXTRACT = [
    pbf.node(1, 33.0, 15.0, amenity="hospital", name="مستشفى", phone="123"),
    *(pbf.node(2 + i, x, y) for i, (x, y) in enumerate([(34, 15), (34.01, 15), (34.01, 15.01), (34, 15.01)])),
    pbf.node(6, 34.5, 15.5, amenity="bench"),
    pbf.way(10, SQUARE, healthcare="clinic"),
    pbf.way(11, SQUARE),
    pbf.way(12, SQUARE[:3], amenity="school"),
    pbf.relation(20, [("way", 11, "outer")], type="multipolygon", amenity="university", name__en="U"),
]
TAGS, WHERE = ("name", "name:en", "amenity", "healthcare"), "amenity <> 'bench' OR healthcare IS NOT NULL"


@pytest.mark.parametrize("packed", [True, False])
def test_an_extract_gives_the_objects_that_bear_a_tag_and_nothing_else_of_them(tmp_path, packed):
    path = pbf.write_pbf(tmp_path / "xdm.bin", EXTRACT, packed=packed)
    assert sniff(path) == "pbf"
    layer = read_pbf(path, TAGS, WHERE)
    square = shapely.box(34, 15, 34.01, 15.01)
    shapes = dict(zip([r["@id"] for r in layer.records], shapely.from_wkb(layer.wkb), strict=True))
    assert set(shapes) == {"node/1", "way/12", "way/10", "relation/20"}
    assert shapes["node/1"].equals_exact(shapely.Point(33, 15), 1e-7)
    assert shapes["way/10"].equals_exact(shapely.MultiPolygon([square]), 1e-7) or shapes["way/10"].equals(square)
    assert shapes["relation/20"].symmetric_difference(square).area < 1e-12
    assert shapes["way/12"].geom_type == "LineString"
    assert {key for record in layer.records for key in record} == {"@id", *TAGS}
    assert layer.records[0]["name"] == "مستشفى"


@pytest.mark.parametrize(("timestamp", "day"), [(1_700_000_000, date(2023, 11, 14)), (None, None)])
def test_an_extract_tells_the_day_up_to_which_it_holds_edits(tmp_path, timestamp, day):
    assert published(pbf.write_pbf(tmp_path / "xdm.osm.pbf", EXTRACT, timestamp)) == day


def test_an_extract_cut_anywhere_is_refused(tmp_path):
    whole = pbf.write_pbf(tmp_path / "whole.osm.pbf", EXTRACT).read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    for length in range(15, len(whole)):
        cut.write_bytes(whole[:length])
        assert_refused(sniff, cut, "cut off or damaged")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("areas/sdn_admin1.geojson", 19),
        ("areas/sdn_admin2.geojson", 189),
        ("areas/ssd_admbnda_adm2_imwg_nbs_20180817.json", 79),
        ("sites/hotosm_sdn_raw_health_facilities.zip", 1126),
    ],
)
def test_the_providers_files_are_read_whole(realdata, name, number):
    read = read_features(realdata / name)
    assert (read.rows.rows_in, len(read.geometries), read.rows.rejects) == (number, number, [])
    assert shapely.is_valid(read.geometries).all()
