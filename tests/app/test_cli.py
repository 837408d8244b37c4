"""The command line as its users and their scripts know it: exit codes, one JSON document, words on standard error."""

import csv
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pyogrio
import pytest
import rasterio

from app import terminal
from data_pipelines._source import sources
from data_pipelines.build import build
from data_pipelines.snapshot import add
from layers._layer import STATUSES, layers
from tests import world
from tests.command import FOREWATCH, forewatch, strict_json

MARCH = ("--period", "2023-03")
UNITS = {"adm1": 2, "adm2": 4, "cell": 8}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The invented country, with a later file of events of which one row in 130 is broken."""
    raw = tmp_path_factory.mktemp("raw")
    home = world.fill(tmp_path_factory.mktemp("workspace"), raw)
    more = [world.event(100 + i, "2023-05-05", 30.3, 10.3) for i in range(120)]
    broken = world.event(900, "2023-05-05", 30.3, 10.3, deaths_a=-5)
    path = world.write_events(raw, [*world.EVENTS, *more, broken])
    add(home, "ucdp_ged", path, world.ISO3, world.KNOWN_AT.replace(month=7))
    build(home, None, lambda _: None)
    return home.root


@pytest.fixture
def run(workspace):
    """Run a command that must succeed."""

    def ran(*words, **settings):
        done = forewatch(*words, **{"workspace": workspace, **settings})
        assert done.code == 0, done.err
        return done

    return ran


def lines(text):
    return text.splitlines()


def test_every_command_of_the_design_is_there_and_says_what_it_does():
    done = forewatch("--help")
    assert (done.code, done.err) == (0, "")
    said = dict(re.findall(r"^  (\w+) {2,}(\S.*)$", done.out, re.MULTILINE))
    assert list(said) == [
        "demo", "sources", "layers", "add", "fetch", "build", "status", "quarantine", "value", "explain", "diff",
        "export", "snapshot", "dictionary", "serve", "doctor",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "spared"),
    [
        (("--help",), {"data_pipelines", "layers", "numpy", "pandas"}),
        (("value", "incident_intensity"), {"dash", "flask", "geopandas", "httpx", "matplotlib", "rasterio"}),
    ],
)
def test_a_command_does_not_wait_for_what_others_need(run, words, spared):
    timed = run(*words, env={"PYTHONPROFILEIMPORTTIME": "1"}).err
    imported = {name.split(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", timed, re.MULTILINE)}
    assert "typer" in imported
    assert imported & spared == set()


def test_no_command_at_all_is_a_question():
    assert forewatch() == forewatch("--help")


@pytest.mark.parametrize("name", ["sources", "layers"])
def test_what_there_is_needs_no_workspace(name, tmp_path):
    asked = forewatch(name, "--json", cwd=tmp_path)
    assert (asked.code, asked.err) == (0, "")
    known = {"sources": sources(), "layers": layers()}[name]
    assert [row["id"] for row in asked.document] == list(known)
    assert all(row["title"] for row in asked.document)
    table = forewatch(name, cwd=tmp_path)
    assert len(lines(table.out)) == 1 + len(known)
    assert not list(tmp_path.iterdir())


def test_a_file_becomes_a_snapshot_once(tmp_path):
    path = world.write_events(tmp_path)
    words = ("add", "ucdp_ged", path, "--iso3", world.ISO3, "--known-at", "2024-06-01")
    first, second = (forewatch(*words, workspace=tmp_path / "new") for _ in range(2))
    assert first == second
    assert (first.code, first.out) == (0, "")
    assert re.fullmatch(r"ucdp_ged/2024-06-01_[0-9a-f]{12}: 9 rows, 0 quarantined \(.+\)\n", first.err)
    (receipt,) = (tmp_path / "new").rglob("receipt.json")
    assert (receipt.parent / "ged.csv").read_bytes() == path.read_bytes()
    assert json.loads(receipt.read_text())["iso3"] == world.ISO3


def test_a_build_sums_itself_up_and_status_says_the_same(run, workspace):
    built = run("build", "--json")
    summary = built.document
    assert set(summary) >= {"edition", "known_on", "sources", "checks", "unplaced", "seconds", "peak_mb"}
    for name, account in summary["sources"].items():
        assert account["rows_in"] == account["loaded"] + account["quarantined"] + account["superseded"], name
        assert account["freshness"] in {"fresh", "due", "overdue", "delinquent"}
    assert summary["sources"]["ucdp_ged"] == {
        "rows_in": 130, "loaded": 129, "quarantined": 1, "superseded": 0, "known_at": "2024-07-01",
        "known_through": "2023-12", "freshness": "delinquent", "due_on": "2025-07-01",
    }  # fmt: skip
    assert set(summary["checks"].values()) == {0}
    assert summary["unplaced"]["incidents: known only to the country"] == 1
    assert summary["seconds"] > 0
    assert summary["peak_mb"] > 0
    assert any(line.startswith("read ucdp_ged/") for line in lines(built.err))
    told = run("status", "--json")
    assert told.err == ""
    again = told.document
    assert again["edition"] == summary["edition"]
    assert {key: again[key] for key in ("sources", "checks", "unplaced")} == {
        key: summary[key] for key in ("sources", "checks", "unplaced")
    }
    assert len(list((workspace / "editions").iterdir())) == 1


def test_an_earlier_day_has_its_own_edition(workspace, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", workspace, copy], check=True)
    now = forewatch("status", "--json", workspace=copy).document
    then = forewatch("build", "--as-known-on", "2024-06-30", "--json", workspace=copy)
    assert then.code == 0, then.err
    assert then.document["known_on"] == "2024-06-30"
    assert then.document["edition"] != now["edition"]
    assert then.document["sources"]["ucdp_ged"]["rows_in"] == len(world.EVENTS)


def test_status_is_a_table_with_one_line_per_source(run):
    text = run("status").out
    rows = {words[0]: words[1:] for words in map(str.split, lines(text)) if words[0] in sources()}
    assert rows["ucdp_ged"] == ["130", "129", "1", "0", "2024-07-01", "2023-12", "delinquent", "2025-07-01"]
    assert re.search(r"^unplaced +1  incidents: known only to the country$", text, re.MULTILINE)
    assert re.search(r"^edition [0-9a-f]{12} known on .+ checks passed", text, re.MULTILINE)


def test_a_rejected_row_keeps_its_line_its_rule_and_its_text(run):
    (row,) = run("quarantine", "--json").document
    assert set(row) == {"source", "snapshot", "line", "rule", "reason", "raw"}
    assert (row["source"], row["line"], row["rule"]) == ("ucdp_ged", 131, "deaths")
    assert row["raw"].startswith("900,XTW-900,")
    assert run("quarantine", "--source", "cod_ab", "--json").document == []
    assert "deaths is missing, negative or not a whole number" in run("quarantine", "--source", "ucdp_ged").out


@pytest.mark.parametrize("unit", UNITS)
def test_values_of_a_month(run, unit):
    asked = run("value", "incident_intensity", "--unit", unit, *MARCH, "--json")
    assert asked.err == ""
    assert len(asked.document) == UNITS[unit]
    for row in asked.document:
        known = {"layer", "unit", "id", "name", "period", "value", "low", "high", "category", "n", "status"}
        assert set(row) == known | {"stale_because"}
        assert (row["layer"], row["unit"], row["period"]) == ("incident_intensity", unit, "2023-03")
        assert row["status"] in STATUSES
        assert row["low"] <= row["value"] <= row["high"]


def test_a_value_that_is_not_there_is_null(run):
    rows = run("value", "displacement_pressure", "--id", "XT0101", "--json").document
    assert [row["period"] for row in rows] == [f"2023-{month:02}" for month in range(1, 13)]
    assert (rows[0]["value"], rows[0]["status"]) == (None, "no_data")
    assert rows[4]["value"] == pytest.approx(20 / 100)
    assert "no_data" in run("value", "displacement_pressure", "--id", "XT0101").out


# one country alone has nothing across its border: two of them are opened in test_spillover_build.py
@pytest.mark.parametrize("layer", [n for n, each in layers().items() if not each.not_additive and n != "spillover"])
def test_a_value_opens_into_contributions_that_sum_to_it(run, layer):
    found = run("explain", layer, "--id", "XT0101", "--period", "2023-06", "--json").document
    assert set(found) >= {"layer", "unit", "id", "period", "value", "contributions"}
    assert found["contributions"]
    for part in found["contributions"]:
        assert set(part) >= {"table", "record_id", "date", "source", "share", "weight", "contribution"}
        assert part["contribution"] == pytest.approx(part["share"] * part["weight"])
    assert sum(part["contribution"] for part in found["contributions"]) == pytest.approx(found["value"], abs=1e-9)


def test_an_explanation_for_people_ends_with_the_value(run):
    rows = lines(run("explain", "incident_intensity", "--unit", "adm1", "--id", "XT01", *MARCH).out)
    assert rows[0].split() == ["table", "record_id", "date", "source", "share", "weight", "contribution"]
    assert rows[1].split()[:2] == ["incidents", "ucdp_ged:3"]
    assert rows[-1].startswith("Area XT01, 2023-03: 2.")


def test_an_explanation_for_people_names_the_kind_of_a_unit(run):
    said = lines(run("explain", "hot_spots", "--unit", "adm2", "--id", "XT0101", *MARCH).out)[-1]
    assert "ok not_significant A z score" in said


@pytest.mark.parametrize("form", ["geojson", "gpkg", "csv", "geotiff"])
def test_an_export_holds_the_values(run, form, tmp_path):
    unit = "cell" if form == "geotiff" else "adm2"
    expected = run("value", "incident_intensity", "--unit", unit, *MARCH, "--tier", "public", "--json").document
    path = tmp_path / f"file.{form}"
    done = run("export", "incident_intensity", "--format", form, "--unit", unit, *MARCH, "--out", path)
    assert (done.out, done.err) == ("", f"wrote {path}\n")
    if form == "geotiff":
        with rasterio.open(path) as raster:
            band = raster.read(1, masked=True)
        found = band.compressed().tolist()
        assert sorted(found) == pytest.approx(sorted(row["value"] for row in expected), rel=1e-6)
        return
    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = pyogrio.read_dataframe(path).to_dict("records")
    found = {row["adm2_pcode"]: float(row["value"]) for row in rows}
    assert found == pytest.approx({row["id"]: row["value"] for row in expected})


def test_a_snapshot_is_a_picture_or_a_document_and_the_same_bytes_each_time(run, tmp_path):
    for name, form in (("one", "png"), ("two", "png"), ("three", "pdf")):
        done = run("snapshot", "--layer", "incident_intensity", *MARCH, "--format", form, "--out", tmp_path / name)
        assert (done.out, done.err) == ("", f"wrote {tmp_path / name}\n")
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one.startswith(b"\x89PNG")
    assert one == two
    assert three.startswith(b"%PDF")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_doctor_looks_at_the_installation(run, tmp_path):
    findings = run("doctor", "--json").document
    assert [set(each) for each in findings] == [{"check", "ok", "found"}] * len(findings)
    assert all(each["ok"] for each in findings)
    empty = forewatch("doctor", "--json", workspace=tmp_path)
    assert empty.code == 1
    assert [each["check"] for each in empty.document if not each["ok"]] == ["there is an undamaged edition"]


def test_the_demo_is_one_command(demo_workspace):
    folder = demo_workspace.parent
    assert (folder / "demo.out").read_text() == ""
    assert lines((folder / "demo.err").read_text())[-1].endswith("of the SYNTHETIC demo country is ready")
    told = forewatch("status", "--json", workspace=demo_workspace).document
    assert told["synthetic"] is True
    assert told["countries"] == ["XDM"]


def test_a_workspace_is_named_before_the_command_in_the_environment_or_is_the_folder_here(workspace, tmp_path):
    edition = forewatch("status", "--json", workspace=workspace).document["edition"]
    (tmp_path / "workspace").symlink_to(workspace)
    for settings in ({"env": {"FOREWATCH_WORKSPACE": str(workspace)}}, {"cwd": tmp_path}):
        assert forewatch("status", "--json", **settings).document["edition"] == edition
    nowhere = {"FOREWATCH_WORKSPACE": str(tmp_path / "nowhere")}
    assert forewatch("status", "--json", workspace=workspace, env=nowhere).document["edition"] == edition
    assert "nowhere" in forewatch("status", env=nowhere).err


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def health(port, process):
    """Ask until the server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return answer.status, strict_json(answer.read().decode())
        except OSError:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_map_is_served_until_it_is_stopped(workspace, stop):
    port = free_port()
    words = [FOREWATCH, "--workspace", workspace, "serve", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            status, document = health(port, process)
            assert status == 200
            assert document["tier"] == "public"
            assert document["edition"] == json.loads((workspace / "CURRENT.json").read_text())["edition"]
            taken = forewatch("serve", "--port", port, workspace=workspace)
            assert taken.code == 2
            assert f"Port {port}" in taken.err
            process.send_signal(stop)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}" in out
    assert "Traceback" not in err


def test_ctrl_c_ends_a_build_at_once_and_leaves_nothing_behind(workspace, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", workspace, copy], check=True)
    before = (copy / "CURRENT.json").read_bytes()
    (copy / "forewatch.toml").write_text("[layers.incident_intensity]\nhalf_life_months = 3\n")
    words = [FOREWATCH, "--workspace", copy, "build"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0) as process:
        first = process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert first.startswith("read ")
    assert process.returncode == 130
    assert out == ""
    assert all(line.startswith(("read ", "surveyed ")) for line in lines(err)), err
    assert (copy / "CURRENT.json").read_bytes() == before
    assert not list((copy / "editions").glob(".*"))


def test_a_reader_that_has_seen_enough_is_no_error(workspace):
    words = [FOREWATCH, "--workspace", workspace, "layers", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert err == ""


def test_text_from_data_does_not_steer_the_terminal(capsys):
    terminal.show_rows([{"name": "[red]a\x1b[31mb\r\nc", "n": 1234.5}], ("name", "n"))
    terminal.say("a\x1b]0;title\x07b")
    out, err = capsys.readouterr()
    assert lines(out)[1].split() == ["[red]a\ufffd[31mb\ufffdc", "1,234"]
    assert err == "a\ufffd]0;title\ufffdb\n"


def test_json_holds_no_number_that_json_has_not(capsys):
    terminal.show_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": world.KNOWN_AT})
    assert strict_json(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": "2024-06-01"}
