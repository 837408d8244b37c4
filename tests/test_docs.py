"""The documents cannot lie: commands in the README exist, and the examples in CONTRIBUTING run."""

import re
import shlex
from datetime import date
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import typer
from scipy import sparse

from app.cli import app
from data_pipelines import warehouse
from data_pipelines._source import Raw, sources
from data_pipelines.tables import TABLES
from layers._layer import layers
from layers._panel import Incidents, Near, Panel, Reported, Shares, SiteShares, Stocks
from tests.tree import ROOT

FENCED = re.MULTILINE | re.DOTALL
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), FENCED)
COMMANDS = re.findall(r"^    forewatch (.*?)(?:  +#.*)?$", README, re.MULTILINE)
CLI = typer.main.get_command(app)


def example(folder: str) -> str:
    (text,) = [text for name, text in EXAMPLES if name.startswith(folder)]
    return text


def module(folder: str) -> ModuleType:
    """Run the example that would stand in a folder."""
    made = ModuleType("example")
    exec(example(folder), made.__dict__)  # our own document
    return made


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_one(line):
    name, *words = shlex.split(line)
    options = {option for parameter in CLI.commands[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_readme_shows_what_an_analyst_a_planner_and_a_briefer_do():
    assert {line.split()[0] for line in COMMANDS} >= {"add", "build", "serve", "explain", "export", "snapshot"}


def test_layers_and_sources_named_in_the_readme_exist():
    named = {words[1] for words in map(shlex.split, COMMANDS) if words[0] in ("value", "explain", "export")}
    assert named <= set(layers())
    assert {words[1] for words in map(shlex.split, COMMANDS) if words[0] == "add"} <= set(sources())


@pytest.mark.parametrize("name", [name for name, _ in EXAMPLES])
def test_an_example_s_file_does_not_exist_and_its_folder_does(name):
    assert not (ROOT / name).exists()
    assert (ROOT / name).parent.is_dir()


def test_the_example_of_a_source_accounts_for_every_row(tmp_path):
    source = module("data_pipelines/sources").SOURCE
    file = tmp_path / "camps.csv"
    file.write_text(
        "camp_id,camp_name,lat,lon\nA,North,10.5,50.25\nA,Again,10,50\n,None,1,2\nB,Lost,,\nC,Wrong,95,50\n"
    )
    parsed = source.parse(Raw(file, iso3="XDM"))
    assert parsed.rows_in == 5 == parsed.loaded + len(parsed.rejects) + parsed.repeated
    assert [reject.rule for reject in parsed.rejects] == ["id_missing", "id_repeated", "position"]
    columns = {column.name for column in TABLES["sites"].columns}
    assert set(parsed.frames["sites"].columns) == columns - {"snapshot"}


def test_the_example_of_a_layer_is_the_sum_of_its_records():
    layer, panel = module("layers").LAYER, two_units()
    values = layer.compute(panel, layer.params(), {})
    assert values.value.tolist() == [[0.25, 1.0], [0.75, 0.0]]
    assert values.n.tolist() == [[1, 1], [1, 0]]
    parts = layer.explain(panel, layer.params(), {}, 0, 1)
    assert [(part.record_id, part.contribution) for part in parts] == [("e:2", 1.0)]


def test_the_example_of_a_check_runs_on_the_tables_and_finds_the_wrong_row():
    check = example("data_pipelines/sql/checks")
    connection = warehouse.connect()
    for name in ("incidents", "incident_shares"):
        connection.execute(TABLES[name].ddl())
    assert connection.execute(check).fetchall() == []
    connection.execute(
        "CREATE OR REPLACE TABLE incidents AS "
        "SELECT 'e:1' AS incident_id, DATE '2024-01-30' AS date_start, DATE '2024-02-02' AS date_end"
    )
    months = [date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
    connection.executemany("INSERT INTO incident_shares VALUES ('e:1', 'adm1', 'A', ?, 0.25)", [[m] for m in months])
    assert {row[3] for row in connection.execute(check).fetchall()} == {months[0], months[3]}


def test_the_example_of_a_page_draws_an_edition_s_facts():
    page = module("app/pages").PAGE
    drawn = page.layout(SimpleNamespace(manifest={"unplaced": {"at sea": 2, "<b>region</b>": 1234}}), None)
    cells = [cell.children for row in drawn.children[2].children for cell in row.children]
    assert cells == ["<b>region</b>", "1,234", "at sea", "2"]


def two_units() -> Panel:
    """Two units, two months, one incident that may lie in either, and one that lies in the first."""
    texts = np.array(["e:1", "e:2"], object)
    days = np.array(["2024-01-05", "2024-02-05"], "datetime64[D]")
    one = np.ones(2)
    nothing, ints = np.array([]), np.array([], np.int64)
    no_text, no_days = np.array([], object), np.array([], "datetime64[D]")
    which = np.array([0, 0, 1])
    return Panel(
        unit="adm1",
        ids=np.array(["A", "B"], object),
        names=np.array(["A", "B"], object),
        iso3=np.array(["XDM", "XDM"], object),
        area_km2=one,
        persons=one,
        periods=np.array(["2024-01", "2024-02"], "datetime64[M]"),
        incidents=Incidents(texts, texts, texts, days, one, one, one, np.zeros(2, np.int64)),
        shares=Shares(which, np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([0.25, 0.75, 1]), texts[which]),
        site_shares=SiteShares(ints, ints, ints, nothing, no_text, nothing),
        n_sites=np.zeros(2, np.int64),
        stocks=Stocks(no_text, no_text, no_days, ints, nothing, nothing, no_text, no_text),
        reported=Reported(no_text, no_text, ints, ints, nothing),
        exposed=np.zeros((2, 2, 3)),
        neighbours=sparse.csr_array((2, 2)),
        near=Near(ints, ints, nothing),
        covered={name: np.ones((2, 2), bool) for name in ("incidents", "displacement", "sites", "population")},
    )
