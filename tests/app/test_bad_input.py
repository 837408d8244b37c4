"""Bad input: one sentence that says what was wrong, where, and what to do; the edition before stays as it was."""

import hashlib
import io
import json
import os
import shutil
import sys
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest
import rasterio
from affine import Affine

from app import cli
from data_pipelines._source import sources
from tests import world
from tests.command import Ran, forewatch

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in, or ask.</body></html>"
LAYER = "incident_intensity"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw")).root


def published(folder):
    """Everything that readers of a workspace see, by its hash."""
    found = [folder / "CURRENT.json", *(folder / "editions").rglob("*")]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for p in found}


@pytest.fixture(scope="module", autouse=True)
def _edition_stays(workspace):
    """Whatever the tests of this module do to the workspace, its readers see the same bytes."""
    before = published(workspace)
    yield
    assert published(workspace) == before


@pytest.fixture
def fresh(workspace, tmp_path):
    """A copy of the workspace to spoil."""
    return shutil.copytree(workspace, tmp_path / "copy")


@pytest.fixture
def here(capsys, monkeypatch, workspace):
    """Run the command in this process."""

    def run(*words, workspace=workspace):
        monkeypatch.setattr(sys, "argv", ["forewatch", "--workspace", *map(str, (workspace, *words))])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ran(ended.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def add(here, tmp_path):
    """Give a source a file of a name and content."""

    def run(source, name, content, *words):
        (tmp_path / name).write_bytes(content)
        return here("add", source, tmp_path / name, *words)

    return run


def refused(ran, code, *said):
    """Say that a command ended with a code and one sentence that says these words."""
    *progress, sentence = ran.err.splitlines()
    assert ran.code == code, ran
    assert ran.out == ""
    assert sentence.startswith("forewatch: ")
    assert sentence.endswith(".")
    assert [word for word in said if word not in sentence] == [], sentence
    assert not [word for word in ("Traceback", "unforeseen", "Error") if word in ran.err], ran.err
    assert all(line.startswith(("read ", "surveyed ", "placed ", "measured ")) for line in progress), progress


def swapped(folder, *, checked):
    """Events with latitude and longitude in each other's column; `checked` tells whether the file repeats the place."""
    rows = [{**row, "latitude": row["longitude"], "longitude": row["latitude"]} for row in world.EVENTS]
    doubles = () if checked else ("geom_wkt", "priogrid_gid")
    rows = [{key: "" if key in doubles else value for key, value in row.items()} for row in rows]
    return world.write_rows(folder / "swapped.csv", rows)


def zipped(*names):
    """A zip file that holds files of these names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


# What the field sends, as the person at the keyboard meets it.


def test_a_truncated_csv(tmp_path, workspace):
    whole = world.write_events(tmp_path).read_bytes()
    (tmp_path / "cut.csv").write_bytes(whole[:-40])
    ran = forewatch("add", "ucdp_ged", tmp_path / "cut.csv", "--iso3", world.ISO3, workspace=workspace)
    refused(ran, 1, "'cut.csv' is cut off", "line 10", "get it again")


def test_swapped_coordinates_that_the_file_itself_belies(tmp_path, workspace):
    ran = forewatch("add", "ucdp_ged", swapped(tmp_path, checked=True), workspace=workspace)
    refused(
        ran, 1, "'swapped.csv'", "line 2", "latitude and longitude are not where its geom_wkt", "get the file again"
    )


def test_swapped_coordinates_that_only_the_map_belies(tmp_path, fresh):
    """The build is refused, names the file, and passes once its snapshot is gone and the two are put right."""
    before = published(fresh)
    words = ("--iso3", world.ISO3, "--known-at", "2024-07-01")
    bad = swapped(tmp_path, checked=False)
    assert forewatch("add", "ucdp_ged", bad, *words, workspace=fresh).code == 0
    ran = forewatch("build", "--json", workspace=fresh)
    refused(ran, 1, "'coordinates_not_swapped'", "latitude and longitude change places", "delete the snapshot and "
            "give the file", "swapped.csv", "the edition before stays current")  # fmt: skip
    assert published(fresh) == before
    shutil.rmtree(next(fresh.glob("snapshots/ucdp_ged/2024-07-01_*")))
    assert forewatch("add", "ucdp_ged", world.write_events(tmp_path), *words, workspace=fresh).code == 0
    built = forewatch("build", "--json", workspace=fresh)
    assert built.code == 0, built.err
    assert built.document["sources"]["ucdp_ged"]["rows_in"] == len(world.EVENTS)
    assert built.document["edition"] != json.loads((fresh / "CURRENT.json").read_text())["history"][1]


def test_a_web_page_saved_as_csv(tmp_path, workspace):
    (tmp_path / "events.csv").write_bytes(PAGE)
    ran = forewatch("add", "ucdp_ged", tmp_path / "events.csv", workspace=workspace)
    refused(ran, 1, "'events.csv' is a web page", "get it again")


def test_an_empty_file(tmp_path, workspace):
    (tmp_path / "events.csv").touch()
    ran = forewatch("add", "ucdp_ged", tmp_path / "events.csv", workspace=workspace)
    refused(ran, 1, "'events.csv' is empty", "get it again")


def test_boundaries_of_another_country(tmp_path, workspace):
    path = world.write_areas(tmp_path, 2, iso3="XOT")
    ran = forewatch("add", "cod_ab", path, "--iso3", world.ISO3, workspace=workspace)
    refused(ran, 1, "'xtw_admin2.geojson' holds areas of XOT, not of XTW", "check")


def test_a_zip_with_a_path_outside(tmp_path, workspace):
    (tmp_path / "sites.zip").write_bytes(zipped("../../evil.shp"))
    ran = forewatch("add", "osm_sites", tmp_path / "sites.zip", workspace=workspace)
    refused(ran, 1, "'sites.zip' holds '../../evil.shp'", "do not trust it")
    assert not list(tmp_path.parent.rglob("evil*"))


@pytest.mark.parametrize("words", [("add", "nonsense", "file.csv"), ("quarantine", "--source", "nonsense")])
def test_an_unknown_source(words, workspace):
    refused(forewatch(*words, workspace=workspace), 2, "no source 'nonsense'", *sources())


@pytest.mark.parametrize(
    "words",
    [
        ("value", "nonsense", "--json"),
        ("explain", "nonsense", "--id", "XT0101", "--period", "2023-03", "--json"),
        ("export", "nonsense", "--out", "file"),
        ("snapshot", "--layer", "nonsense", "--period", "2023-03", "--out", "file"),
    ],
)
def test_an_unknown_layer(words, workspace, tmp_path):
    refused(forewatch(*words, workspace=workspace, cwd=tmp_path), 2, "'nonsense'", LAYER)
    assert not list(tmp_path.iterdir())


# Files that are not what their source expects.

JUNK = {
    "page.html": PAGE,
    "empty.json": b"",
    "blank.csv": b"\n \n",
    "random.tif": np.random.default_rng(7).bytes(3_000),
    "cut.json": b'{"type": "FeatureCollection", "features": [{"type": "Feature"',
    "quota.json": b'{"error": "quota exceeded"}',
    "header.csv": b"id,latitude,longitude\n",
    "other.csv": b"when,where\n2023-01-01,here\n",
    "semicolon.csv": b"id;name\n1;a;b;c\n2\n",
    "slip.zip": zipped("../sites.shp", "../sites.shx", "../sites.dbf"),
    "cut.zip": zipped("sites.shp", "sites.shx", "sites.dbf")[:-30],
    "cut.xlsx": zipped("[Content_Types].xml", "xl/workbook.xml")[:50],
    "nul.csv": b"id,latitude,longitude\n\x00\x00,\xff\xfe,\n",
    "empty.geojson": b'{"type": "FeatureCollection", "features": []}',
    "vrt.tif": b"<VRTDataset rasterXSize='1'><SourceFilename>/etc/passwd</SourceFilename></VRTDataset>",
}


@pytest.mark.parametrize("source", sorted(sources()))
@pytest.mark.parametrize("name", sorted(JUNK))
def test_a_file_that_is_nothing_of_the_kind(add, source, name):
    refused(add(source, name, JUNK[name]), 1, name)


WRITERS = {
    "cod_ab": lambda folder: world.write_areas(folder, 2),
    "cod_ps": world.write_population,
    "worldpop": world.write_raster,
    "ucdp_ged": world.write_events,
    "iom_dtm": world.write_displacement,
    "osm_sites": world.write_sites,
}


SHARED = {("hdx_hapi", "cod_ps")}
"""Two sources of one file: HDX HAPI gives COD-PS out."""


@pytest.mark.parametrize("source", sorted(sources()))
@pytest.mark.parametrize("other", sorted(WRITERS))
def test_a_good_file_given_to_another_source(here, source, other, tmp_path):
    if source != other and (source, other) not in SHARED:
        path = WRITERS[other](tmp_path)
        refused(here("add", source, path, workspace=tmp_path / "new"), 1, path.name)
        assert not (tmp_path / "new").exists()


def test_more_than_one_row_in_a_hundred_broken(add, tmp_path):
    rows = [world.event(i, "2023-01-10", 30.2, 10.4, deaths_a=-1 if i < 3 else 0) for i in range(200)]
    content = world.write_events(tmp_path, rows).read_bytes()
    refused(add("ucdp_ged", "bad.csv", content), 1, "bad.csv: 3 of 200 rows", "more than 1 %", "line 2", "get the file")


def test_events_added_for_another_country(add, tmp_path):
    content = world.write_events(tmp_path).read_bytes()
    refused(add("ucdp_ged", "ged.csv", content, "--iso3", "SDN"), 1, "'ged.csv' is of XTW, not SDN", "add it without")


# Files that fit alone, and not together.


def test_the_invented_country_is_kept_apart_from_real_ones(here, tmp_path, workspace):
    """Its world lists would stand in for the providers' own, and a real map would be marked SYNTHETIC."""
    refused(here("demo", "--no-serve"), 2, f"{workspace} holds XTW", "XDM", "a workspace of its own")
    invented, real = world.write_areas(tmp_path, 1, iso3="XDM"), world.write_areas(tmp_path, 2)
    assert here("add", "cod_ab", invented, "--iso3", "XDM", workspace=tmp_path / "new").code == 0
    ran = here("add", "cod_ab", real, "--iso3", world.ISO3, workspace=tmp_path / "new")
    refused(ran, 2, "holds XDM", "give XTW a workspace of its own")


def test_districts_whose_provinces_are_not_there(here, fresh, tmp_path):
    path = world.write_areas(tmp_path, 1)
    path.write_text(path.read_text().replace("XT01", "XT09"))
    assert here("add", "cod_ab", path, "--known-at", "2024-07-01", workspace=fresh).code == 0
    before = published(fresh)
    ran = here("build", workspace=fresh)
    refused(ran, 1, "'areas_have_parents'", "XT0101", "give both levels", "nothing was published")
    assert published(fresh) == before


def test_a_raster_of_another_thing_than_persons_per_pixel(here, fresh, tmp_path):
    path = world.write_raster(tmp_path)
    with rasterio.open(path) as raster:
        persons = raster.read(1)
    profile = {"driver": "GTiff", "width": 40, "height": 20, "count": 1, "dtype": "float32", "crs": "OGC:CRS84"}
    with rasterio.open(path, "w", transform=Affine(0.05, 0, 30, 0, -0.05, 11), **profile) as raster:
        raster.write(persons * 9, 1)
    assert here("add", "worldpop", path, "--known-at", "2024-07-01", workspace=fresh).code == 0
    refused(here("build", workspace=fresh), 1, "'population_raster_agrees'", "XTW", "persons per pixel")


def test_nothing_to_build_from(here, tmp_path):
    refused(here("build", workspace=tmp_path), 1, "no boundaries", str(tmp_path), "forewatch add cod_ab")
    assert not list(tmp_path.iterdir())


# Questions that have no answer.

QUESTIONS = {
    ("value", LAYER, "--unit", "adm9"): ("no unit 'adm9'", "adm1, adm2, cell"),
    ("value", LAYER, "--tier", "secret"): ("no tier 'secret'", "public, restricted, confidential"),
    ("value", LAYER, "--period", "1900-01"): ("no month '1900-01'", "2023-01 to 2023-12"),
    ("value", LAYER, "--period", "March"): ("no month 'March'", "YYYY-MM"),
    ("value", LAYER, "--id", "XT99"): ("no adm2 'XT99'", "export areas"),
    ("value", LAYER, "--id", "' OR 1=1 --"): ("no adm2 '' OR 1=1 --'",),
    ("value",): ("Missing argument 'layer'", "value --help"),
    ("explain", LAYER, "--period", "2023-03"): ("Missing option '--id'", "explain --help"),
    ("explain", LAYER, "--id", "XT99", "--period", "2023-03"): ("no adm2 'XT99'",),
    ("explain", LAYER, "--id", "XT0101", "--period", "2023"): ("no month '2023'",),
    ("export", LAYER, "--format", "docx", "--out", "x"): ("no format 'docx'", "geojson"),
    ("export", LAYER, "--out", "nowhere/x"): ("no folder nowhere", "make it"),
    ("export", LAYER, "--out", "."): (". is no file", "name another"),
    ("export", LAYER, "--out", "/dev/null"): ("/dev/null is no file", "name another"),
    ("export", LAYER, "--unit", "adm9", "--out", "x"): ("no unit 'adm9'",),
    ("export", LAYER, "--period", "1900-01", "--out", "x"): ("no month '1900-01'",),
    ("export", LAYER, "--tier", "secret", "--out", "x"): ("no tier 'secret'",),
    ("export", LAYER, "--bbox", "1,2,3", "--out", "x"): ("'1,2,3'", "west,south,east,north"),
    ("export", LAYER, "--bbox", "9,9,3,3", "--out", "x"): ("'9,9,3,3'", "west,south,east,north"),
    ("export", LAYER, "--bbox", "nan,0,1,1", "--out", "x"): ("'nan,0,1,1'", "west,south,east,north"),
    ("snapshot", "--layer", LAYER, "--period", "2023-03", "--format", "gif", "--out", "x"): ("'gif'", "png, pdf"),
    ("snapshot", "--layer", LAYER, "--period", "2023-03", "--page", "a9", "--out", "x"): ("'a9'", "a4, a3, 16:9"),
    ("snapshot", "--layer", LAYER, "--period", "2023-13", "--out", "x"): ("no month '2023-13'",),
    ("snapshot", "--layer", LAYER, "--period", "2023-03", "--area", "XT99", "--out", "x"): ("'XT99'", "P-code"),
    ("snapshot", "--layer", LAYER, "--period", "2023-03", "--bbox", "80,0,81,1", "--out", "x"): ("80.0", "the map"),
    ("snapshot", "--layer", LAYER, "--period", "2023-03", "--out", "nowhere/x"): ("no folder nowhere", "make it"),
    ("serve", "--port", "99999"): ("'--port'", "65535"),
    ("serve", "--workers", "0"): ("'--workers'", "1"),
    ("serve", "--tier", "secret"): ("no tier 'secret'",),
    ("serve", "--tier", "confidential", "--host", "0.0.0.0"): ("confidential tier is not served",),
    ("build", "--as-known-on", "yesterday"): ("'yesterday' is not a date", "YYYY-MM-DD"),
    ("build", "--as-known-on", "2999-01-01"): ("2999-01-01", "in the future"),
    ("nonsense",): ("No such command 'nonsense'", "--help"),
    ("value", LAYER, "--nonsense"): ("--nonsense", "value --help"),
}


@pytest.mark.parametrize(("words", "said"), QUESTIONS.items(), ids=[" ".join(words) for words in QUESTIONS])
def test_wrong_usage_is_told_what_there_is(here, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(here(*words), 2, *said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.csv",), ("no file", "missing.csv", "Uppsala")),
        (("",), ("no file", "Uppsala")),
        (("ged.csv", "--known-at", "2999-01-01"), ("ged.csv", "2999-01-01", "in the future")),
        (("ged.csv", "--known-at", "01/06/2024"), ("'01/06/2024' is not a date", "YYYY-MM-DD")),
        (("ged.csv", "--known-at", ""), ("'' is not a date", "YYYY-MM-DD")),
        (("ged.csv", "--iso3", "sdn"), ("'sdn'", "ISO 3166", "SDN")),
        (("ged.csv", "--iso3", "../x"), ("'../x'", "ISO 3166")),
        (("ged.csv", "--iso3", ""), ("''", "ISO 3166")),
    ],
)
def test_a_file_that_cannot_be_added_like_this(here, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world.write_events(tmp_path)
    refused(here("add", "ucdp_ged", *words, workspace="new"), 2, *said)
    assert not (tmp_path / "new").exists()


# Workspaces that are none.

READERS = (("status",), ("value", LAYER), ("quarantine",))


@pytest.mark.parametrize("words", READERS, ids=lambda words: words[0])
def test_a_workspace_without_an_edition(here, words, tmp_path):
    refused(here(*words, workspace=tmp_path / "none"), 1, "no edition", str(tmp_path / "none"), "forewatch build")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "words", [*READERS, ("build",), ("demo", "--no-serve"), ("serve",)], ids=lambda words: words[0]
)
def test_a_file_for_a_workspace(here, words, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(here(*words, workspace=tmp_path / "file"), 2, str(tmp_path / "file"), "not a folder", "--workspace")


@contextmanager
def no_rights():
    """Give up the rights of root, who can read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_workspace_that_may_not_be_read(here, fresh):
    assert here("status", workspace=fresh).code == 0
    fresh.chmod(0)
    try:
        with no_rights():
            refused(here("status", workspace=fresh), 1, str(fresh), "permission denied", "yours to use")
    finally:
        fresh.chmod(0o755)


def test_a_damaged_edition(here, fresh):
    (path,) = (fresh / "editions").rglob("public.duckdb")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-4096])
    refused(here("status", workspace=fresh), 1, "damaged", "public.duckdb", "build again")


def test_an_edition_that_is_gone(here, fresh):
    shutil.rmtree(fresh / "editions")
    refused(here("status", workspace=fresh), 1, "is not there", "forewatch build")


@pytest.mark.parametrize("name", ["nodes.csv", "receipt.json"])
def test_a_snapshot_that_was_changed(here, fresh, name):
    """An edition is named for the files it was made of; a file that is another one must not go by that name."""
    (path,) = (fresh / "snapshots" / "osm_sites").rglob(name)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\n x")
    refused(here("build", workspace=fresh), 1, str(path.parent), "delete", "add")


SETTINGS = {
    "broken = [": ("TOML", "mend it"),
    "countries = ['SDN']": ("'countries'", "[layers.ID]"),
    "[layer.priority]": ("'layer'", "[layers.ID]"),
    "layers = 3": ("'layers' is 3", "[layers.ID]"),
    "[layers]\nsite_threat = 3": ("'layers.site_threat' is 3", "[layers.ID]"),
    "[layers.nonsense]": ("no layer 'nonsense'", LAYER),
    "[layers.incident_intensity]\nnonsense = 1": ("no parameter 'nonsense'", "half_life_months"),
    "[layers.incident_intensity]\nhalf_life_months = 999": ("half_life_months", "999", "between 1 and 60"),
    "[layers.incident_intensity]\nhalf_life_months = nan": ("half_life_months", "nan", "between 1 and 60"),
    "[layers.incident_intensity]\nhalf_life_months = 'six'": ("half_life_months", "'six'", "give a number"),
    "[layers.incident_intensity]\nhalf_life_months = true": ("half_life_months", "True", "give a number"),
}


@pytest.mark.parametrize(("text", "said"), SETTINGS.items())
def test_settings_that_cannot_be_followed(here, fresh, text, said):
    (fresh / "forewatch.toml").write_text(text)
    refused(here("build", workspace=fresh), 2, "forewatch.toml", *said)


def test_settings_that_are_not_text(here, fresh):
    (fresh / "forewatch.toml").write_bytes(b"\xff\xfe")
    refused(here("build", workspace=fresh), 2, "forewatch.toml", "TOML")


def test_settings_that_can_be_followed_make_another_edition(here, fresh):
    (fresh / "forewatch.toml").write_text("[layers.incident_intensity]\nhalf_life_months = 3\n")
    before = json.loads((fresh / "CURRENT.json").read_text())["edition"]
    assert here("build", workspace=fresh).code == 0
    assert json.loads((fresh / "CURRENT.json").read_text())["history"][1] == before
