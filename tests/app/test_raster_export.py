"""The raster of the edition: handed out from its own tier on, and out of the public's reach on every way there is."""

import json

import pytest
import rasterio

from app.exports import formats, write_export
from app.server import create_app
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from geo.errors import NoEdition, UsageError
from tests import world

LAYER = "incident_intensity"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw")).root


@pytest.fixture(scope="module")
def name(workspace):
    (found,) = (name for name in current(workspace, Tier.public).manifest["files"] if name.startswith("rasters/"))
    return found


@pytest.mark.parametrize("tier", [Tier.restricted, Tier.confidential])
def test_the_raster_is_handed_out_whole_with_what_a_reader_must_know(workspace, name, tmp_path, tier):
    edition = current(workspace, tier)
    write_export(edition, LAYER, "geotiff", tmp_path / "out.tif", unit="raster")
    assert (tmp_path / "out.tif").read_bytes() == (edition.folder / name).read_bytes()
    about = json.loads((tmp_path / "out.tif.metadata.json").read_text())
    with rasterio.open(tmp_path / "out.tif") as raster:
        assert raster.tags()["period"] == about["period"]
        assert raster.units == (about["unit_of_value"],)
    assert (about["unit"], about["tier"], about["edition"]) == ("raster", tier.name, edition.id)
    assert about["licence"]
    assert about["disclaimer"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "out.tif.metadata.json"]


@pytest.mark.parametrize("file_format", formats())
def test_no_export_gives_it_to_the_public(workspace, tmp_path, file_format):
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="not in the public tier, as exact places show in it; ask for the restricted"):
        write_export(current(workspace, Tier.public), LAYER, file_format, out, unit="raster")
    assert not list(tmp_path.iterdir())


def test_no_address_of_the_server_leads_to_it(workspace, name):
    edition = current(workspace, Tier.public)
    content = (edition.folder / name).read_bytes()
    client = create_app(workspace, Tier.public).server.test_client()
    month = edition.periods()[-1]
    stem = name.removeprefix("rasters/")
    tried = [
        *(f"/{name}", f"/{stem}", f"/{edition.id}/{name}", f"/editions/{edition.id}/{name}", f"/assets/{name}"),
        *(f"/download/{edition.id}/{LAYER}/raster/{month}.{end}" for end in ("geojson", "tif", "geotiff")),
        *(f"/download/{edition.id}/{name}", f"/picture/{edition.id}/{LAYER}/raster/{month}.png"),
        *(f"/basemap/../../../editions/{edition.id}/{name}", f"/assets/..%2f..%2feditions%2f{edition.id}%2f{name}"),
        f"/tiles/{edition.id}/raster/6/37/30.mvt",
    ]
    for address in tried:
        answer = client.get(address)
        assert answer.status_code in {400, 404}, address
        assert content[:64] not in answer.data


@pytest.mark.parametrize(
    ("what", "file_format", "asked", "said"),
    [
        ("site_threat", "geotiff", {}, "There is no raster of 'site_threat'"),
        ("incidents", "geotiff", {}, "There is no raster of 'incidents'"),
        (LAYER, "geojson", {}, "comes whole, as geotiff"),
        (LAYER, "geotiff", {"bbox": (30, 10, 31, 11)}, "comes whole, as geotiff"),
        (LAYER, "geotiff", {"period": "2023-01"}, "is of 2023-12; leave the period out"),
    ],
)
def test_what_cannot_be_had_is_said(workspace, tmp_path, what, file_format, asked, said):
    with pytest.raises(UsageError, match=said):
        write_export(current(workspace, Tier.restricted), what, file_format, tmp_path / "out", unit="raster", **asked)


def test_a_damaged_raster_is_not_handed_out(tmp_path_factory, tmp_path):
    home = world.built(tmp_path_factory.mktemp("damaged"), tmp_path_factory.mktemp("raw"))
    edition = current(home.root, Tier.restricted)
    (path,) = (edition.folder / "rasters").iterdir()
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(NoEdition, match="is not the file that was published"):
        write_export(edition, LAYER, "geotiff", tmp_path / "out.tif", unit="raster")
