"""The edition's raster, and what rasters of people give the areas."""

import json
from datetime import date

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from data_pipelines import rasters
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.snapshot import add
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace, sha256_of
from geo import kernel
from geo.raster import band_area_km2, square_id
from tests import world
from tests.data_pipelines.invented import write_raster


def built(home):
    build(home, None, lambda _: None)
    return current(home.root, Tier.confidential)


def made(folder, events=world.EVENTS):
    """Return an edition of the invented country with these events."""
    home, raw = Workspace(folder / "workspace"), folder / "raw"
    raw.mkdir()
    for source, path, iso3 in (
        ("cod_ab", world.write_areas(raw, 1), world.ISO3),
        ("cod_ab", world.write_areas(raw, 2), world.ISO3),
        ("worldpop", world.write_raster(raw), None),
        ("ucdp_ged", world.write_events(raw, events), world.ISO3),
    ):
        add(home, source, path, iso3, world.KNOWN_AT)
    return built(home)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return made(tmp_path_factory.mktemp("edition"))


def surface(edition):
    """Return the values, the area of each pixel in km2, and the file's tags."""
    with rasterio.open(edition.folder / "rasters" / rasters.NAME) as raster:
        north = raster.bounds.top - np.arange(raster.height) * 0.05
        area = np.repeat(band_area_km2(north - 0.05, north, 0.05)[:, None], raster.width, axis=1)
        return raster.read(1), area, raster.tags()


def pixel(edition, longitude, latitude):
    with rasterio.open(edition.folder / "rasters" / rasters.NAME) as raster:
        return raster.index(longitude, latitude)


def test_the_surface_holds_as_many_incidents_as_the_layer(edition):
    values, area, tags = surface(edition)
    month = edition.values("incident_intensity", "cell", period=tags["period"])
    assert tags["period"] == edition.periods()[-1] == "2023-12"
    assert np.nansum(values * area) / 1000 == pytest.approx(month["value"].sum(), rel=1e-6)
    assert (values[~np.isnan(values)] >= 0).all()
    assert np.isnan(values).sum() == 0  # the country fills its box


def test_the_surface_is_a_cloud_optimised_geotiff_that_says_what_it_is(edition):
    with rasterio.open(edition.folder / "rasters" / rasters.NAME) as raster:
        structure = raster.tags(ns="IMAGE_STRUCTURE")
        assert (structure["LAYOUT"], structure["COMPRESSION"]) == ("COG", "DEFLATE")
        assert (raster.crs.to_epsg(), raster.dtypes, raster.block_shapes) == (4326, ("float32",), [(256, 256)])
        assert np.isnan(raster.nodata)
        assert raster.bounds == (30, 10, 32, 11)
        assert raster.units == ("incidents per 1,000 km2",)
        tags = raster.tags()
    half_life = edition.manifest["parameters"]["incident_intensity"]["half_life_months"]
    assert (tags["layer"], tags["edition"], tags["tier"]) == ("incident_intensity", edition.id, "restricted")
    assert (tags["half_life_months"], tags["bandwidth_km"], tags["synthetic"]) == (f"{half_life:g}", "25", "false")
    assert tags["disclaimer"] == edition.manifest["disclaimer"]


def test_a_large_surface_has_overviews_that_keep_the_mean(tmp_path):
    values = np.random.default_rng(1).gamma(1, 1, (600, 1024)).astype(np.float32)
    rasters._write_cog(tmp_path / "large.tif", values, Affine(0.05, 0, 20, 0, -0.05, 40), {"layer": "x"})
    with rasterio.open(tmp_path / "large.tif") as raster:
        assert raster.overviews(1) == [2, 4]
        assert raster.block_shapes == [(256, 256)]
        assert raster.read(1, out_shape=(150, 256)).mean() == pytest.approx(values.mean(), rel=1e-4)
        assert (raster.read(1) == values).all()


def test_the_manifest_names_the_file_its_hash_and_its_tier(edition):
    files = edition.manifest["files"]
    about = files[f"rasters/{rasters.NAME}"]
    path = edition.folder / "rasters" / rasters.NAME
    assert about == {"sha256": sha256_of(path), "bytes": path.stat().st_size, "tier": "restricted"}
    assert {name: facts["tier"] for name, facts in files.items() if name.endswith(".duckdb")} == {
        f"{tier.name}.duckdb": tier.name for tier in Tier
    }
    assert path.stat().st_mode & 0o222 == 0


def test_the_same_records_give_the_same_surface_in_any_order(edition, tmp_path):
    again = made(tmp_path, world.EVENTS[::-1])
    assert surface(again)[0].tobytes() == surface(edition)[0].tobytes()


def test_the_same_files_give_the_same_bytes(edition):
    path = edition.folder / "rasters" / rasters.NAME
    before = path.read_bytes()
    home = Workspace(edition.folder.parent.parent)
    (edition.folder / "public.duckdb").chmod(0o600)
    (edition.folder / "public.duckdb").write_bytes(b"damaged, so that it is built again")
    assert built(home).id == edition.id
    assert path.read_bytes() == before


def test_an_exact_place_stands_out_and_one_known_to_a_province_lies_where_people_live(tmp_path):
    """The province has two towns, at 31.25 and 31.75, in which three and four of seven live."""
    events = [world.event(1, "2023-12-01", 30.22, 10.42), world.event(2, "2023-12-01", 31.42, 10.1, where_prec=4)]
    edition = made(tmp_path, events)
    values, _, _ = surface(edition)
    assert np.unravel_index(values.argmax(), values.shape) == pixel(edition, 30.22, 10.42)
    smaller, larger, coded = (
        values[pixel(edition, *place)] for place in ((31.27, 10.51), (31.77, 10.51), (31.42, 10.1))
    )
    assert larger / smaller == pytest.approx(4 / 3, rel=0.1)
    assert coded < smaller / 2


def test_an_incident_outside_every_area_does_not_count_and_the_others_decay(tmp_path):
    edition = made(tmp_path, [world.event(1, "2023-06-30", 30.2, 10.4), world.event(2, "2023-06-30", 33.0, 10.5)])
    values, area, tags = surface(edition)
    month = edition.values("incident_intensity", "adm1", period=tags["period"])
    assert np.nansum(values * area) / 1000 == pytest.approx(month["value"].sum(), rel=1e-6)
    assert month["value"].sum() == pytest.approx(2.0 ** (-(12 - 6) / 6))


def test_without_incidents_there_is_no_surface(tmp_path):
    home = Workspace(tmp_path / "workspace")
    add(home, "cod_ab", world.write_areas(tmp_path, 2), world.ISO3, date(2024, 1, 1))
    edition = built(home)
    assert not (edition.folder / "rasters").exists()
    assert all("raster" not in name for name in edition.manifest["files"])


def test_an_area_holds_what_the_pixels_hold_in_it_exactly(tmp_path):
    """Pixels of 0.3 degree fit neither districts nor squares; beyond the country people live, too."""
    home = Workspace(tmp_path / "workspace")
    west, north, step = 29.6, 11.3, 0.3
    persons = np.random.default_rng(2).gamma(0.5, 4000, (6, 10)) + 1
    path = write_raster(tmp_path / "xtw_ppp_2023.tif", persons, west=west, north=north, pixel=step, dtype="float64")
    for level in (1, 2):
        add(home, "cod_ab", world.write_areas(tmp_path, level), world.ISO3, world.KNOWN_AT)
    add(home, "worldpop", path, None, world.KNOWN_AT)
    add(home, "ucdp_ged", world.write_events(tmp_path), world.ISO3, world.KNOWN_AT)
    edition = built(home)
    row, column = np.indices(persons.shape)
    x, y = west + column * step, north - row * step
    boxes = shapely.box(x, y - step, x + step, y)
    expected = {
        code: (shapely.area(shapely.intersection(boxes, shapely.box(begins, 10, begins + 0.5, 11))) * persons).sum()
        / step**2
        for code, begins in world.DISTRICTS.items()
    }
    found = edition.units("adm2").set_index("id")["persons"]
    assert found.to_dict() == pytest.approx(expected, rel=1e-6)
    for unit in ("adm1", "cell"):
        assert edition.units(unit)["persons"].sum() == pytest.approx(sum(expected.values()), rel=1e-6)


def test_the_surface_of_sudan_holds_its_incidents(realdata, tmp_path):
    home = Workspace(tmp_path / "workspace")
    for level in (1, 2):
        add(home, "cod_ab", realdata / f"areas/sdn_admin{level}.geojson", "SDN", world.KNOWN_AT)
    add(home, "ucdp_ged", realdata / "incidents/conflict_data_sdn.csv", "SDN", world.KNOWN_AT)
    edition = built(home)
    values, area, tags = surface(edition)
    month = edition.values("incident_intensity", "cell", period=tags["period"])
    assert json.loads(tags["synthetic"]) is False
    assert np.nansum(values * area) / 1000 == pytest.approx(month["value"].sum(), rel=1e-6)


def test_a_country_across_the_antimeridian_has_a_surface_round_the_globe():
    """Two squares that touch there: the frame is a circle, so that the kernel reaches from one into the other."""
    row, column, shape, first = rasters._frame(square_id(np.array([179.98, -179.98]), np.array([-17.02, -16.98]), 0.05))
    assert (shape, first) == ((2, 7200), (1459, 0))
    assert (row.tolist(), column.tolist()) == ([0, 1], [7199, 0])
    weight, area = np.zeros(shape), np.zeros(shape)
    weight[0, 7199], area[row, column] = 1, 30
    density = kernel.surface(weight, area, first[0] * 0.05 - 90, 0.05, 25)
    assert density[1, 0] == pytest.approx(density[0, 7199], rel=0.1)
