"""Files for other programs: read back by those programs' own readers, complete, and no finer than the tier allows."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from app.exports import formats, write_export
from data_pipelines.edition import Edition, current
from data_pipelines.tables import TABLES, Tier
from geo.errors import DataError, UsageError
from geo.grids import cell_bounds
from layers._layer import STATUSES, layers
from tests.app.small_edition import NAMES, districts, only, publish

NUMBERS = ["value", "low", "high"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shapes = districts()
    gids = shapes.loc[shapes["unit"] == "cell", "unit_id"].astype(int)
    shapes.loc[gids.index, "geometry"] = shapely.box(*cell_bounds(gids.to_numpy()).T)
    return publish(tmp_path_factory.mktemp("exports"), shapes)


@pytest.fixture(params=list(Tier), ids=lambda tier: tier.name)
def edition(workspace: Path, request: pytest.FixtureRequest) -> Edition:
    return current(workspace, request.param)


@pytest.fixture
def public(workspace: Path) -> Edition:
    return current(workspace, Tier.public)


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(edition: Edition, what: str, format: str, **where: Any) -> Path:  # noqa: A002
        out = tmp_path / f"{what}.{format}"
        write_export(edition, what, format, out, **where)
        return out

    return written


def expected(edition: Edition, layer: str, unit: str = "adm2") -> pd.DataFrame:
    return edition.values(layer, unit, period="2024-01").set_index("id")


@pytest.mark.parametrize("layer", layers())
def test_gdal_reads_back_the_same_numbers_from_geojson(public: Edition, write: Write, layer: str) -> None:
    read = pyogrio.read_dataframe(write(public, layer, "geojson")).set_index("adm2_pcode")
    told = expected(public, layer)
    assert list(read.index) == list(told.index)
    np.testing.assert_array_equal(read[NUMBERS].to_numpy(float), told[NUMBERS].to_numpy(float))
    assert list(read["status"]) == list(told["status"])
    assert list(read["n"]) == list(told["n"])
    assert list(read["adm2_name"]) == [NAMES[n % 6] for n in range(12)]
    assert shapely.area(read.geometry.to_numpy()) == pytest.approx(np.ones(12))


def test_geojson_keeps_to_the_rfc_and_says_whose_it_is(public: Edition, write: Write) -> None:
    document = json.loads(write(public, "priority", "geojson").read_text())
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document
    assert document["bbox"] == [20, 5, 24, 8]
    for feature in document["features"]:
        ring = shapely.geometry.shape(feature["geometry"]).exterior
        assert ring.is_ccw
        assert feature["id"] == feature["properties"]["adm2_pcode"]
    assert document["edition"] == public.id
    assert document["tier"] == "public"
    assert document["synthetic"] is True
    assert document["disclaimer"] == "Invented."
    own, behind = layers()["priority"].params(), ("incident_intensity", "civilian_harm")
    assert own.items() <= document["parameters"].items()
    assert all(document["parameters"][f"{name}.half_life_months"] == 6 for name in behind)
    assert document["generated_from"]["code_version"] == "0.1.0"
    assert document["sources"]["events"]["known_at"] == "2024-02-03"
    assert set(document["sources"]) >= {"events", "tracking", "bounds", "people"}
    assert "Register of events of the invented country: CC BY 4.0" in document["licence"]
    assert document["attribution"].startswith("Office of events (2024). Register; Office of tracking")


def test_a_feature_says_where_and_when_it_is(public: Edition, write: Write) -> None:
    first = json.loads(write(public, "civilian_harm", "geojson").read_text())["features"][0]["properties"]
    assert {name: first[name] for name in list(first)[:11]} == {
        "adm0_pcode": "XAA",
        "adm0_name": "Republic of XAA",
        "adm1_pcode": "XAA00",
        "adm1_name": "Province Bravo Nord",
        "adm2_pcode": "XAA0000",
        "adm2_name": "Alpha",
        "layer": "civilian_harm",
        "unit": "adm2",
        "period": "2024-01",
        "period_start": "2024-01-01",
        "period_end": "2024-01-31",
    }
    assert first["unit_of_value"] == layers()["civilian_harm"].unit_of_value


@pytest.mark.parametrize(("unit", "key"), [("adm1", "adm1_pcode"), ("cell", "gid")])
def test_other_units_bear_their_own_codes(public: Edition, write: Write, unit: str, key: str) -> None:
    read = pyogrio.read_dataframe(write(public, "civilian_harm", "geojson", unit=unit))
    assert list(read[key].astype(str)) == list(expected(public, "civilian_harm", unit).index)
    assert "adm2_pcode" not in read


def test_every_value_without_a_number_says_why(public: Edition, write: Write) -> None:
    rows = pd.concat([pd.read_csv(write(public, layer, "csv")) for layer in layers()])
    assert set(rows["status"]) == set(STATUSES)
    assert (rows["value"].isna() == ~rows["status"].isin(["ok", "stale"])).all()


def test_the_last_month_with_values_is_taken_unless_another_is_asked_for(tmp_path: Path, write: Write) -> None:
    def fades(layer: object, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        fades.months = (fades.months + 1) % 3
        return only("ok", 1.0)(layer, count, random) if fades.months else only("no_data")(layer, count, random)

    fades.months = 0
    edition = current(publish(tmp_path, districts(), fades), Tier.public)
    assert set(pd.read_csv(write(edition, "civilian_harm", "csv"))["period"]) == {"2023-12"}
    assert set(pd.read_csv(write(edition, "civilian_harm", "csv", period="2023-11"))["period"]) == {"2023-11"}
    empty = current(publish(tmp_path / "empty", districts(), only("no_data")), Tier.public)
    assert set(pd.read_csv(write(empty, "civilian_harm", "csv"))["period"]) == {"2024-01"}


@pytest.mark.parametrize("what", ["incidents", "sites", "displacement", "areas"])
def test_only_columns_of_the_tier_leave(edition: Edition, write: Write, what: str) -> None:
    allowed = {column.name for column in TABLES[what].visible(edition.tier)}
    if not allowed:
        with pytest.raises(UsageError, match="not in the public tier; ask for --tier restricted"):
            write(edition, what, "csv")
        return
    for format in ("csv", "gpkg", "geojson"):  # noqa: A001
        out = write(edition, what, format)
        read = pd.read_csv(out) if format == "csv" else pyogrio.read_dataframe(out)
        assert set(read.columns) <= allowed | {"geometry", "id"}
        about = out.with_name(f"{out.name}.metadata.json") if format != "geojson" else out
        assert set(json.loads(about.read_text())["columns"]) == allowed
    text = write(edition, what, "geojson").read_text()
    assert ("the village by the well" in text) == (what == "incidents" and edition.tier == Tier.confidential)


def test_points_are_as_exact_as_the_tier_allows(edition: Edition, write: Write) -> None:
    features = json.loads(write(edition, "incidents", "geojson").read_text())["features"]
    places = [feature["geometry"] for feature in features]
    if edition.tier == Tier.public:
        assert places == [None] * 12
        return
    decimals = 5 if edition.tier == Tier.restricted else 7
    assert places[0] is None  # its provider gives no place
    assert places[1]["coordinates"] == [round(21.5 + 0.123456789, decimals), 5.5]


def test_a_table_can_be_cut_by_a_box_only_where_its_places_are_shown(workspace: Path, write: Write) -> None:
    restricted = current(workspace, Tier.restricted)
    found = pyogrio.read_dataframe(write(restricted, "incidents", "gpkg", bbox=(21.0, 5.0, 22.0, 7.0)))
    assert list(found["incident_id"]) == ["events:1", "events:5"]
    with pytest.raises(UsageError, match="no places at this tier"):
        write(current(workspace, Tier.public), "incidents", "gpkg", bbox=(21.0, 5.0, 22.0, 7.0))


def test_a_layer_cut_by_a_box_holds_the_units_that_reach_into_it(public: Edition, write: Write) -> None:
    found = pd.read_csv(write(public, "priority", "csv", bbox=(20.2, 5.2, 21.2, 5.8)))
    assert list(found["adm2_pcode"]) == ["XAA0000", "XAA0001"]


def test_days_are_iso_and_whole_numbers_whole(edition: Edition, write: Write) -> None:
    rows = pd.read_csv(write(edition, "incidents", "csv"), dtype=str)
    assert set(rows["date_start"]) == {"2024-01-02"}
    assert set(rows["deaths_best"]) == {"3"}
    assert rows["deaths_a"].isna().all()


def test_no_cell_of_a_csv_is_a_formula(workspace: Path, write: Write) -> None:
    restricted = current(workspace, Tier.restricted)
    assert set(pd.read_csv(write(restricted, "incidents", "csv"))["actor_a"]) == {"'=cmd|' /C calc'!A0"}
    names = pd.read_csv(write(restricted, "priority", "csv"))["adm2_name"]
    assert "'=HYPERLINK(1)" in set(names)
    assert "=HYPERLINK(1)" not in set(names)
    assert "شمال دارفور" in set(names)


@pytest.mark.parametrize("format", formats())
def test_the_same_request_gives_the_same_bytes(public: Edition, write: Write, format: str) -> None:  # noqa: A002
    first = write(public, "priority", format, unit="cell").read_bytes()
    assert write(public, "priority", format, unit="cell").read_bytes() == first


def test_a_geopackage_reads_back(public: Edition, write: Write) -> None:
    out = write(public, "incident_intensity", "gpkg")
    assert pyogrio.list_layers(out).tolist() == [["incident_intensity", "Polygon"]]
    read = pyogrio.read_dataframe(out).set_index("adm2_pcode")
    told = expected(public, "incident_intensity")
    np.testing.assert_array_equal(read[NUMBERS].to_numpy(float), told[NUMBERS].to_numpy(float))
    assert read.crs.to_epsg() == 4326
    assert read.total_bounds.tolist() == [20, 5, 24, 8]


def test_a_table_without_places_is_a_geopackage_without_geometry(public: Edition, write: Write) -> None:
    out = write(public, "displacement", "gpkg")
    assert pyogrio.read_info(out)["geometry_type"] is None
    assert pyogrio.read_dataframe(out)["persons"].tolist() == [500] * 12


def test_a_geotiff_holds_each_cell_in_its_place(public: Edition, write: Write) -> None:
    told = expected(public, "displacement_pressure", "cell")
    with rasterio.open(write(public, "displacement_pressure", "geotiff", unit="cell")) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.crs.to_epsg() == 4326
        assert math.isnan(raster.nodata)
        assert raster.res == (0.5, 0.5)
        assert raster.tags()["edition"] == public.id
        assert raster.tags()["synthetic"] == "true"
        assert raster.tags()["disclaimer"] == "Invented."
        assert raster.descriptions[3].startswith("status: 0 ok, 1 no_data")
        west, south, east, north = cell_bounds(told.index.astype(int)).T
        found = np.array(list(raster.sample(zip((west + east) / 2, (south + north) / 2, strict=True))))
        cells = np.isfinite(raster.read(4))
    np.testing.assert_array_equal(found[:, :3], told[NUMBERS].to_numpy(np.float32))
    assert [STATUSES[int(code)] for code in found[:, 3]] == list(told["status"])
    assert cells.sum() == len(told)


def test_a_geotiff_of_kinds_tells_them_in_a_band_of_their_own(public: Edition, write: Write) -> None:
    told, kinds = expected(public, "change", "cell"), [kind.id for kind in layers()["change"].categories]
    with rasterio.open(write(public, "change", "geotiff", unit="cell")) as raster:
        assert raster.descriptions[4] == f"category: {', '.join(f'{at} {kind}' for at, kind in enumerate(kinds))}"
        west, south, east, north = cell_bounds(told.index.astype(int)).T
        found = np.array(list(raster.sample(zip((west + east) / 2, (south + north) / 2, strict=True), 5)))[:, 0]
    known = told["category"].notna().to_numpy()
    assert known.any()
    assert [kinds[int(code)] for code in found[known]] == list(told.loc[known, "category"])
    assert np.isnan(found[~known]).all()


@pytest.mark.parametrize("format", [name for name in formats() if name != "geojson"])
def test_what_a_file_cannot_say_of_itself_stands_beside_it(public: Edition, write: Write, format: str) -> None:  # noqa: A002
    unit = "cell" if format == "geotiff" else "adm2"
    out = write(public, "priority", format, unit=unit)
    beside = json.loads(out.with_name(f"{out.name}.metadata.json").read_text())
    document = json.loads(write(public, "priority", "geojson", unit=unit).read_text())
    assert beside == {name: document[name] for name in document if name not in ("type", "bbox", "features")}
    if format == "csv":
        assert set(beside["columns"]) >= set(pd.read_csv(out).columns)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("priority", "kmz", {}), "no format 'kmz'; there are csv, geojson, geotiff, gpkg"),
        (("unrest", "csv", {}), "no layer or table 'unrest'; there are layers .*priority.* and tables .*areas"),
        (("unit_shapes", "csv", {}), "no layer or table 'unit_shapes'"),
        (("priority", "csv", {"unit": "h3"}), "no unit 'h3'"),
        (("priority", "csv", {"period": "1066-10"}), "no month '1066-10'"),
        (("areas", "csv", {"period": "2024-01"}), "not given by month"),
        (("priority", "geotiff", {}), "add --unit cell"),
        (("areas", "geotiff", {}), "add --unit cell"),
        (("priority", "geotiff", {"unit": "cell", "bbox": (0, 0, 1, 1)}), "No cell of 'priority' lies in the box"),
        (("priority", "csv", {"bbox": (5, 0, 1, 1)}), "The box .* is none"),
    ],
)
def test_a_wrong_request_is_told_in_one_sentence(public: Edition, write: Write, wrong: Any, words: str) -> None:
    what, format, where = wrong  # noqa: A001
    with pytest.raises(UsageError, match=words):
        write(public, what, format, **where)


def test_a_missing_folder_is_told_and_a_failed_export_leaves_the_old_file(public: Edition, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make the folder"):
        write_export(public, "priority", "csv", tmp_path / "none" / "x.csv")
    old = tmp_path / "x.tif"
    old.write_text("old")
    with pytest.raises(UsageError):
        write_export(public, "priority", "geotiff", old)
    assert [path.name for path in tmp_path.iterdir()] == ["x.tif"]
    assert old.read_text() == "old"


def test_rows_that_may_not_be_passed_on_stay_and_the_file_says_so(write, public, monkeypatch):
    places = {**public.manifest["sources"]["events"], "may_pass_on": False, "terms": "Not to be passed on."}
    monkeypatch.setitem(public.manifest["sources"], "events", places)
    with pytest.raises(DataError, match=r"The rows of events stay here: Not to be passed on\."):
        write(public, "incidents", "csv")
    mixed = public.fetch("SELECT * FROM incidents")
    mixed.loc[0, "source"] = "tracking"
    monkeypatch.setattr(public, "fetch", lambda *_: mixed)
    told = json.loads(write(public, "incidents", "geojson").read_text())
    assert told["left_out"] == {"events": {"rows": len(mixed) - 1, "why": "Not to be passed on."}}
    assert len(told["features"]) == 1


def test_a_row_about_a_record_falls_under_the_terms_of_its_source(write, public, monkeypatch):
    """Shares of ACLED's events name them, and where and when they were, though the table has no column of sources."""
    terms = {**public.manifest["sources"]["events"], "may_pass_on": False, "terms": "Not to be passed on."}
    monkeypatch.setitem(public.manifest["sources"], "events", terms)
    shares = {"unit": "adm1", "unit_id": "XT01", "period": pd.Timestamp("2023-01-01"), "share": 1.0}
    rows = pd.DataFrame([{"incident_id": name, **shares} for name in ("events:1", "tracking:1", "events:2")])
    monkeypatch.setattr(public, "fetch", lambda *_: rows)
    assert list(pd.read_csv(write(public, "incident_shares", "csv"))["incident_id"]) == ["tracking:1"]


def test_a_table_without_a_row_is_a_file_with_its_header_alone(write, public, monkeypatch):
    monkeypatch.setattr(public, "fetch", lambda *_: pd.DataFrame({"incident_id": [], "other_source": []}, dtype="str"))
    written = pd.read_csv(write(public, "also_reported", "csv"))
    assert list(written.columns) == ["incident_id", "other_source"]
    assert written.empty
