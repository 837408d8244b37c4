import json
import shutil
import threading

import duckdb
import numpy as np
import pytest

from data_pipelines import warehouse
from data_pipelines.build import build, run_checks
from data_pipelines.edition import current
from data_pipelines.publish import point_to
from data_pipelines.snapshot import add
from data_pipelines.tables import TABLES, Tier
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, DataError, FileRefused, NoEdition, UsageError
from layers._layer import layers
from tests import world


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def edition(workspace):
    return current(workspace.root, Tier.confidential)


def quiet(_):
    pass


def shares_of(edition, number, unit):
    rows = edition.fetch(
        "SELECT unit_id, period, share FROM incident_shares WHERE incident_id = $i AND unit = $u ORDER BY ALL",
        {"i": f"ucdp_ged:{number}", "u": unit},
    )
    return [(r.unit_id, str(r.period)[:7], r.share) for r in rows.itertuples()]


def test_an_exact_incident_falls_to_one_unit(edition):
    assert shares_of(edition, 1, "adm2") == [("XT0101", "2023-01", 1.0)]
    assert shares_of(edition, 1, "adm1") == [("XT01", "2023-01", 1.0)]
    assert shares_of(edition, 1, "cell") == [(str(200 * 720 + 421), "2023-01", 1.0)]


def test_a_point_on_a_border_goes_to_the_smallest_id(edition):
    assert shares_of(edition, 6, "adm2") == [("XT0101", "2023-04", 1.0)]


def test_days_are_shared_over_months(edition):
    found = shares_of(edition, 3, "adm1")
    assert found == [("XT01", "2023-02", 0.5), ("XT01", "2023-03", 0.5)]


def test_a_province_level_incident_follows_the_official_population(edition):
    found = {unit: share for unit, _, share in shares_of(edition, 5, "adm2")}
    assert found == pytest.approx({"XT0201": 3 / 7, "XT0202": 4 / 7}, abs=1e-7)


def test_a_district_level_incident_is_spread_over_cells_by_people(edition):
    found = shares_of(edition, 4, "cell")
    assert sum(share for *_, share in found) == 1
    assert len(found) > 1 or found[0][2] == 1


def test_what_cannot_be_placed_is_kept_with_its_reason(edition):
    rows = edition.fetch("SELECT record_id, reason FROM unplaced WHERE table_name = 'incidents' ORDER BY ALL")
    assert list(rows.itertuples(index=False, name=None)) == [
        ("ucdp_ged:7", "outside every mapped area"),
        ("ucdp_ged:8", "known only to the country"),
    ]


@pytest.mark.parametrize("unit", ["adm1", "adm2", "cell"])
def test_intensity_is_the_decayed_count_by_hand(edition, unit):
    rows = edition.values("incident_intensity", unit, period="2023-06")
    decay = 2 ** (-1 / 6)
    placed = {0: 2, 1: 0.5, 2: 0.5 + 2, 3: 1, 5: 1}
    assert rows["value"].sum() == pytest.approx(sum(n * decay ** (5 - month) for month, n in placed.items()))


def test_chances_near_sites_add_up_without_rounding_so_that_threads_do_not_matter(edition):
    chances = edition.fetch("SELECT probability AS p FROM site_incidents")["p"].to_numpy()
    assert ((chances > 0) & (chances < 1)).any()
    assert (chances * 2**26 == np.rint(chances * 2**26)).all()


def test_sites_near_an_incident_of_exact_place_are_certain_and_near_another_they_are_not(edition):
    found = edition.fetch(
        "SELECT i.support, min(e.chance) AS least, max(e.chance) AS most "
        "FROM site_exposure e JOIN incidents i USING (incident_id) GROUP BY i.support"
    ).set_index("support")
    assert found.loc["exact"].tolist() == [1, 1]
    uncertain = found.drop("exact")
    assert len(uncertain) > 0
    assert ((uncertain > 0) & (uncertain < 1)).all(axis=None)


def test_displacement_is_the_newest_round_over_residents(edition):
    found = edition.values("displacement_pressure", "adm2").set_index(["id", "period"])
    assert found.loc[("XT0101", "2023-04"), "value"] == pytest.approx(10 / 100)
    assert found.loc[("XT0101", "2023-05"), "value"] == pytest.approx(20 / 100)
    assert found.loc[("XT0102", "2023-05"), "status"] == "not_assessed"
    assert found.loc[("XT0101", "2023-01"), "status"] == "no_data"


def test_every_value_opens_into_contributions_that_sum_to_it(edition):
    panels = {unit: edition.units(unit)["id"] for unit in ("adm1", "adm2", "cell")}
    for name, layer in layers().items():
        if layer.not_additive:
            continue
        for unit, ids in panels.items():
            for unit_id in ids:
                for period in ("2023-01", "2023-03", "2023-06"):
                    found = edition.explain(name, unit, unit_id, period)
                    total = sum(c["contribution"] for c in found["contributions"])
                    assert total == pytest.approx(found["value"] or 0.0, abs=1e-9), (name, unit, unit_id, period)


def test_the_same_inputs_give_the_same_id_and_the_same_tables(edition, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    again = current(world.built(tmp_path / "again", raw).root, Tier.confidential)
    assert again.id == edition.id
    assert again.manifest["code_version"] == edition.manifest["code_version"]
    for name, table in TABLES.items():
        columns = ", ".join(f'"{c.name}"' for c in table.columns if c.type != "GEOMETRY")
        one, two = (e.fetch(f'SELECT {columns} FROM "{name}" ORDER BY ALL') for e in (edition, again))
        assert one.equals(two), name


def test_building_twice_keeps_one_edition(workspace):
    first = json.loads(workspace.pointer.read_text())
    build(workspace, None, quiet)
    assert json.loads(workspace.pointer.read_text()) == first
    assert len(list(workspace.editions.iterdir())) == 1


@pytest.mark.parametrize("tier", [Tier.public, Tier.restricted])
def test_a_tier_holds_its_own_columns_and_no_others(workspace, tier):
    lower = current(workspace.root, tier)
    for name, table in TABLES.items():
        found = lower.fetch("SELECT column_name FROM duckdb_columns() WHERE table_name = $t", {"t": name})
        visible = [c.name for c in table.visible(tier)]
        assert list(found["column_name"]) == (visible or [c.name for c in table.columns])
        if not visible:
            assert lower.fetch(f'SELECT count(*) AS n FROM "{name}"')["n"].item() == 0


def test_the_public_file_holds_no_coordinate_name_or_place(workspace):
    content = (workspace.editions / current(workspace.root, Tier.public).id / "public.duckdb").read_bytes()
    for secret in (b"Secret name", b"secret village", b"Group A (invented)", np.float64(10.4).tobytes()):
        assert secret not in content


def test_few_sites_are_suppressed_in_public_and_many_are_not(workspace):
    public = current(workspace.root, Tier.public)
    rows = public.values("site_threat", "adm2", period="2023-02").set_index("id")
    assert rows.loc["XT0101", "status"] == "ok"
    assert rows.loc["XT0202", "status"] == "suppressed"
    assert np.isnan(rows.loc["XT0202", "value"])
    with pytest.raises(DataError, match="restricted tier"):
        public.explain("site_threat", "adm2", "XT0101", "2023-02")


def test_a_damaged_edition_is_refused(workspace, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(workspace.root, copy)
    name = json.loads((copy / "CURRENT.json").read_text())["edition"]
    path = copy / "editions" / name / "public.duckdb"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(NoEdition, match="damaged"):
        current(copy, Tier.public)


def test_a_broken_file_leaves_the_edition_before_untouched(workspace, tmp_path):
    before = workspace.pointer.read_text()
    bad = tmp_path / "cut.csv"
    bad.write_bytes(world.write_events(tmp_path).read_bytes()[:-40])
    with pytest.raises(FileRefused, match="cut"):
        add(workspace, "ucdp_ged", bad, world.ISO3, None)
    assert workspace.pointer.read_text() == before


def test_a_file_that_was_added_for_another_country_is_refused(workspace, tmp_path):
    nodes = world.write_sites(tmp_path)
    assert add(workspace, "osm_sites", nodes, world.ISO3, world.KNOWN_AT).iso3 == world.ISO3
    with pytest.raises(UsageError, match="was added for XTW; delete"):
        add(workspace, "osm_sites", nodes, None, world.KNOWN_AT)


def test_a_second_build_is_refused_while_one_runs(workspace, monkeypatch):
    started, release = threading.Event(), threading.Event()

    def wait(*_):
        started.set()
        release.wait(20)
        raise DataError("stopped by the test")

    monkeypatch.setattr("data_pipelines.build.stage", wait)

    def first() -> None:
        with pytest.raises(DataError, match="stopped by the test"):
            build(workspace, None, quiet)

    thread = threading.Thread(target=first)
    thread.start()
    started.wait(20)
    with pytest.raises(DataError, match="Another build"):
        build(workspace, None, quiet)
    release.set()
    thread.join()
    assert not list(workspace.editions.glob(".building-*"))


def test_only_three_editions_are_kept_and_any_of_them_can_be_current_again(workspace, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(workspace.root, copy)
    home = type(workspace)(copy)
    first = json.loads(home.pointer.read_text())["edition"]
    for name in ("b", "c", "d"):
        shutil.copytree(home.editions / first, home.editions / name)
        point_to(home, name)
    assert sorted(p.name for p in home.editions.iterdir()) == ["b", "c", "d"]
    point_to(home, "b")
    assert json.loads(home.pointer.read_text())["edition"] == "b"


def test_unknown_names_are_answered_with_what_there_is(edition):
    for call, words in (
        (lambda: edition.values("nonsense", "adm2"), "incident_intensity"),
        (lambda: edition.values("priority", "adm9"), "adm1, adm2, cell"),
        (lambda: edition.values("priority", "adm2", "NOPE"), "NOPE"),
        (lambda: edition.values("priority", "adm2", period="1900-01"), "2023-01"),
    ):
        with pytest.raises(UsageError, match=words):
            call()


BREAKS = {
    "areas_have_parents": "UPDATE areas SET parent_id = 'NOPE' WHERE area_id = 'XT0101'",
    "coordinates_not_swapped": "UPDATE sites SET longitude = latitude, latitude = longitude",
    "deaths_conserved": "UPDATE incidents SET deaths_best = 8, deaths_high = 8 WHERE native_id = '5' RETURNING 1; "
    "UPDATE incident_shares SET share = share / 2 WHERE incident_id = 'ucdp_ged:5'",
    "displaced_conserved": "UPDATE displacement_shares SET share = share / 2",
    "displaced_equal_provider": "UPDATE staged_displacement SET persons = persons + 1",
    "displacement_shares_sum_to_one": "DELETE FROM displacement_shares WHERE unit = 'cell'",
    "incidents_equal_provider": "UPDATE staged_incidents SET deaths_civilians = deaths_civilians + 1",
    "incidents_loaded_or_removed": "INSERT INTO removals SELECT incident_id, source, snapshot, snapshot, 'deleted' "
    "FROM incidents LIMIT 1",
    "keys_are_unique": "INSERT INTO layer_values FROM layer_values LIMIT 1",
    "population_adds_up": "UPDATE units SET persons = persons + 1 WHERE unit = 'adm1'",
    "population_equals_provider": "UPDATE staged_population SET persons = persons + 1",
    "population_raster_agrees": "CREATE OR REPLACE TEMP VIEW raster_totals AS SELECT 'XTW' AS iso3, 3 AS persons",
    "reported_equal_provider": "INSERT INTO staged_reported_counts (snapshot, event_type, level, events) "
    "VALUES ('s', 'demonstration', 0, 3)",
    "row_accounts_balance": "UPDATE row_accounts SET loaded = loaded + 1",
    "shares_sum_to_one": "DELETE FROM unplaced WHERE table_name = 'incidents'",
    "sites_placed_once": "DELETE FROM site_units WHERE unit = 'cell'",
    "values_complete": "DELETE FROM layer_values WHERE layer = 'priority'  AND unit_id = 'XT01'",
    "values_have_category": "UPDATE layer_values SET category = 'rise' WHERE layer = 'incident_intensity' "
    "AND unit = 'adm1' AND unit_id = 'XT01'",
    "values_have_status": "UPDATE layer_values SET low = value + 1 WHERE value IS NOT NULL",
}


@pytest.fixture(scope="module")
def kept_open(tmp_path_factory):
    """A build stopped just before its checks, so that a check can be shown a wrong row."""
    seen = {}
    with pytest.MonkeyPatch.context() as patch:

        def keep(connection):
            assert run_checks(connection) == dict.fromkeys(BREAKS, 0)
            seen["connection"] = connection
            return {}

        patch.setattr("data_pipelines.build.run_checks", keep)
        home = world.fill(tmp_path_factory.mktemp("open"), tmp_path_factory.mktemp("raw"))
        patch.setattr("data_pipelines.build._facts", lambda *_: pytest.fail("stop here"))
        real = warehouse.connect
        patch.setattr("data_pipelines.build.warehouse.connect", lambda *a, **k: Unclosed(real(*a, **k)))
        with pytest.raises(pytest.fail.Exception):
            build(home, None, quiet)
    return seen["connection"]


class Unclosed:
    """A connection that the build cannot close."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        return (lambda: None) if name == "close" else getattr(self._connection, name)


@pytest.mark.parametrize("name", warehouse.names("checks"))
def test_every_check_can_fail(kept_open, name):
    kept_open.execute("BEGIN")
    try:
        kept_open.execute(BREAKS[name])
        with pytest.raises(CheckFailed):
            run_checks(kept_open)
        assert len(kept_open.execute(warehouse.sql("checks", name)).df()) > 0
    finally:
        kept_open.execute("ROLLBACK")


def test_an_edition_survives_a_fatal_error_of_duckdb(edition, monkeypatch):
    class Poisoned:
        def execute(self, *_):
            raise duckdb.FatalException("database has been invalidated")

    cursors = [edition._handle._cursor, Poisoned]

    def next_cursor():
        return cursors.pop()()

    monkeypatch.setattr(edition._handle, "_cursor", next_cursor)
    assert len(edition.query("units", unit="adm1")) == 2


def test_an_edition_of_another_version_is_told_apart_from_a_fault(edition):
    with pytest.raises(NoEdition, match="another version"):
        edition.fetch("SELECT a_column_of_tomorrow FROM units")


def test_a_country_outline_alone_is_too_little_to_map(tmp_path):
    home = Workspace(tmp_path / "workspace")
    add(home, "cod_ab", world.write_areas(tmp_path, 0), world.ISO3, world.KNOWN_AT)
    with pytest.raises(DataError, match="no admin 1 or 2"):
        build(home, None, quiet)
