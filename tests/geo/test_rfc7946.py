import datetime as dt
import itertools
import json
import math
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.rfc7946 import dumps, feature, feature_collection
from tests.geo.shapes import coverage, latitudes, stars

NAN, INF = float("nan"), float("inf")


def moved_east(geometry, degrees):
    return shapely.transform(geometry, lambda x, y: (x + degrees, y), interleaved=False)


def points(max_lon=540.0):
    return st.builds(shapely.Point, st.floats(-max_lon, max_lon), latitudes)


shapes = st.one_of(
    points(),
    stars(),
    stars(hole=0.3),
    stars(max_lon=8).map(lambda star: moved_east(star, 180)),
    stars(max_lon=8, hole=0.5).map(lambda star: moved_east(star, -180)),
    stars().map(lambda star: star.exterior),
    st.lists(stars(), min_size=1, max_size=3).map(shapely.union_all),
    st.lists(points(), min_size=1, max_size=4).map(shapely.MultiPoint),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def positions(coordinates):
    """Yield every position of a coordinates member, however deep."""
    if coordinates and isinstance(coordinates[0], float):
        yield coordinates
    else:
        for inner in coordinates:
            yield from positions(inner)


def rings(geometry):
    polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
    return polygons.get(geometry["type"], [])


class TestGeometry:
    @given(shapes)
    def test_is_in_the_world_with_7_decimals(self, shape):
        written = json.loads(dumps(feature(shape, {})))["geometry"]
        for lon, lat in positions(written["coordinates"]) if written else ():
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90
            for number in (lon, lat):
                assert Decimal(repr(number)) == round(Decimal(repr(number)), 7)
                assert math.copysign(1, number) == 1 or number != 0

    @given(shapes)
    def test_rings_close_run_the_right_way_and_repeat_nothing(self, shape):
        written = feature(shape, {})["geometry"]
        for exterior, *holes in rings(written) if written else ():
            assert shapely.LinearRing(exterior).is_ccw
            assert not any(shapely.LinearRing(hole).is_ccw for hole in holes)
            for ring in (exterior, *holes):
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert all(a != b for a, b in itertools.pairwise(ring))

    @given(shapes)
    def test_is_valid_and_of_the_same_area(self, shape):
        written = feature(shape, {})["geometry"]
        drawn = shapely.from_geojson(json.dumps(written)) if written else shapely.Polygon()
        assert drawn.is_valid
        assert drawn.area == pytest.approx(shape.area, abs=1e-5)

    def test_neighbours_still_share_their_borders(self):
        districts = coverage(30)
        written = [shapely.from_geojson(json.dumps(feature(d, {})["geometry"])) for d in districts]
        assert shapely.coverage_is_valid(np.array(written))

    def test_both_notations_of_a_crossing_are_cut(self):
        jumping = shapely.Polygon([(177, -20), (-178, -20), (-178, -16), (177, -16)])
        for shape in (jumping, shapely.box(177, -20, 182, -16), shapely.box(-183, -20, -178, -16)):
            written = feature(shape, {})
            assert written["geometry"]["type"] == "MultiPolygon"
            assert written["bbox"] == [177.0, -20.0, -178.0, -16.0]
        line = feature(shapely.LineString([(170, 45), (190, 45)]), {})
        assert line["geometry"]["coordinates"] == [[[170.0, 45.0], [180.0, 45.0]], [[-180.0, 45.0], [-170.0, 45.0]]]

    def test_a_ring_that_collapses_is_left_out(self):
        hole = shapely.box(0.5, 0.5, 0.5 + 1e-8, 0.5 + 1e-8).exterior
        assert (
            len(feature(shapely.Polygon(shapely.box(0, 0, 1, 1).exterior, [hole]), {})["geometry"]["coordinates"]) == 1
        )
        speck = shapely.box(5, 5, 5 + 1e-9, 5 + 1e-9)
        assert feature(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), speck]), {})["bbox"] == [0.0, 0.0, 1.0, 1.0]

    @pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.Point(), shapely.box(0, 0, 1e-9, 1e-9)])
    def test_nothing_is_null_without_a_bbox(self, shape):
        assert feature(shape, {"a": 1}) == {"type": "Feature", "geometry": None, "properties": {"a": 1}}

    def test_a_bow_tie_is_rebuilt(self):
        written = feature(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), {})["geometry"]
        assert shapely.from_geojson(json.dumps(written)).area == pytest.approx(0.5)

    def test_coordinates_too_small_to_write_do_no_harm(self):
        kites = [shapely.Polygon([(1, y), (0, 1), (-1, 0), (0, -1)]) for y in (0.0, 5e-232)]
        assert feature(shapely.union_all(kites), {})["bbox"] == [-1.0, -1.0, 1.0, 1.0]
        assert feature(shapely.LineString([(0, -1), (-1e-9, 5e-324)]), {})["geometry"]["coordinates"][1] == [0.0, 0.0]

    def test_heights_are_dropped(self):
        assert feature(shapely.Point(1, 2, 3), {})["geometry"]["coordinates"] == [1.0, 2.0]


class TestProperties:
    @given(st.dictionaries(st.text(), values, max_size=5))
    def test_are_read_back_by_a_strict_reader(self, properties):
        def refuse(constant):
            raise AssertionError(constant)

        text = dumps(feature(None, properties))
        read = json.loads(text, parse_constant=refuse)["properties"]
        assert read.keys() == properties.keys()
        assert text == dumps(feature(None, properties))

    @pytest.mark.parametrize(
        "missing",
        [None, NAN, INF, -INF, np.float32("nan"), np.float64(INF), pd.NaT, pd.NA, np.datetime64("NaT"), Decimal("NaN")],
    )
    def test_missing_values_are_null(self, missing):
        assert feature(None, {"a": missing, "b": [missing]})["properties"] == {"a": None, "b": [None]}

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (dt.date(2024, 2, 29), "2024-02-29"),
            (dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC), "2024-02-29T12:00:00+00:00"),
            (pd.Timestamp("2024-02-29"), "2024-02-29T00:00:00"),
            (np.datetime64("2024-02-29"), "2024-02-29"),
            (np.datetime64("2024-02", "M"), "2024-02"),
            (np.int32(5), 5),
            (np.float32(0.5), 0.5),
            (np.bool_(True), True),
            (np.str_("a"), "a"),
            (Decimal("1.5"), 1.5),
            (np.array([1, 2]), [1, 2]),
            ((1, {"a": np.int8(2)}), [1, {"a": 2}]),
        ],
    )
    def test_become_plain_json(self, value, written):
        found = feature(None, {"a": value})["properties"]["a"]
        assert found == written
        assert json.loads(json.dumps(found)) == written

    @pytest.mark.parametrize("value", [b"bytes", object(), {1}, dt.timedelta(1), 1j])
    def test_without_a_form_in_json_are_refused(self, value):
        with pytest.raises(UsageError, match="no form in JSON"):
            feature(None, {"a": value})

    def test_an_id_is_a_member_and_stays_a_property(self):
        written = feature(None, {"area_id": "XD01"}, id="XD01")
        assert written["id"] == written["properties"]["area_id"] == "XD01"
        assert feature(None, {}, id=np.int64(7))["id"] == 7
        assert "id" not in feature(None, {})


class TestCollection:
    def test_has_foreign_members_and_no_crs(self):
        found = feature_collection(
            [feature(shapely.Point(1, 2), {})], license="CC BY-IGO", timeStamp=dt.date(2024, 1, 1)
        )
        assert found["license"] == "CC BY-IGO"
        assert found["timeStamp"] == "2024-01-01"
        assert "crs" not in dumps(found)
        assert next(iter(found)) == "type"

    @pytest.mark.parametrize("name", ["crs", "features", "bbox", "coordinates", "geometry", "properties"])
    def test_refuses_members_that_mean_something_else(self, name):
        with pytest.raises(UsageError, match=f"GeoJSON gives {name} a meaning"):
            feature_collection([], **{name: 1})

    @given(st.lists(shapes, min_size=1, max_size=6))
    def test_has_a_bbox_that_holds_all_its_features(self, shapes):
        found = feature_collection(feature(shape, {}) for shape in shapes)
        west, south, east, north = found["bbox"]
        for written in found["features"]:
            for lon, lat in positions(written["geometry"]["coordinates"]):
                assert south <= lat <= north
                assert west <= lon <= east or (west > east and (lon >= west or lon <= east))

    def test_straddles_the_antimeridian_only_when_that_is_narrower(self):
        def bbox(*lons):
            return feature_collection([feature(shapely.Point(lon, 0), {}) for lon in lons])["bbox"]

        assert bbox(177, -178) == [177.0, 0.0, -178.0, 0.0]
        assert bbox(-60, 30, 60) == [-60.0, 0.0, 60.0, 0.0]
        assert feature(shapely.box(-180, -90, 180, 90), {})["bbox"] == [-180.0, -90.0, 180.0, 90.0]
        assert bbox(-95, 95) == [95.0, 0.0, -95.0, 0.0]
        assert bbox(-85, 85) == [-85.0, 0.0, 85.0, 0.0]
        crossing = feature(shapely.box(177, -1, 182, 1), {})
        assert feature_collection([crossing, feature(shapely.Point(-170, 0), {})])["bbox"] == [177.0, -1.0, -170.0, 1.0]
        assert feature_collection([crossing, feature(shapely.Point(30, 0), {})])["bbox"] == [30.0, -1.0, -178.0, 1.0]

    def test_without_geometries_has_no_bbox(self):
        assert feature_collection([]) == {"type": "FeatureCollection", "features": []}
        assert "bbox" not in feature_collection([feature(None, {})])

    def test_is_read_by_gdal_with_the_same_numbers(self, tmp_path):
        districts = coverage(12)
        rows = [{"area_id": f"XD{i:02d}", "value": i / 7, "name": "Ünïcodé الفاشر", "n": i} for i in range(12)]
        written = feature_collection(
            [feature(d, row, id=row["area_id"]) for d, row in zip(districts, rows, strict=True)], license="x"
        )
        path = tmp_path / "areas.geojson"
        path.write_text(dumps(written), encoding="utf-8")
        read = pyogrio.read_dataframe(path)
        assert read.crs.to_epsg() == 4326
        assert read[["area_id", "value", "name", "n"]].to_dict("records") == rows
        for geometry, original, ours in zip(read.geometry, districts, written["features"], strict=True):
            assert json.loads(shapely.to_geojson(geometry)) == ours["geometry"]
            assert shapely.hausdorff_distance(geometry, original) < 1e-7

    def test_agrees_with_gdal_s_own_writer(self, tmp_path):
        """The same polygons through GDAL's RFC7946=YES: the same winding, decimals and places."""
        districts = coverage(12)
        path = tmp_path / "gdal.geojson"
        frame = gpd.GeoDataFrame({"n": range(12)}, geometry=districts, crs="OGC:CRS84")
        pyogrio.write_dataframe(frame, path, driver="GeoJSON", RFC7946="YES")
        theirs = [shapely.from_geojson(json.dumps(f["geometry"])) for f in json.loads(path.read_text())["features"]]
        ours = [shapely.from_geojson(json.dumps(feature(d, {})["geometry"])) for d in districts]
        assert shapely.equals(theirs, ours).all()
