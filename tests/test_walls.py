"""The walls of the house: who may import whom, what stays pure, and how SQL is written.

Each rule is a function from a file to the places that break it; each is shown to see a breach as well as to find none.
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import FLOORS, ROOT, files, name_of

IMPURE_MODULES = {
    "duckdb", "glob", "httpx", "io", "os", "pathlib", "random", "requests", "shutil", "socket", "sqlite3", "subprocess",
    "tempfile", "time", "urllib",
}  # fmt: skip
IMPURE_CALLS = {"eval", "exec", "input", "open", "print"}
IMPURE_METHODS = {"from_file", "load", "loadtxt", "now", "open", "save", "savetxt", "savez", "today", "utcnow"}
FILE_METHOD = re.compile(r"(read|write|to)_(bytes|csv|excel|feather|file|json|parquet|pickle|sql|text)")
SQL = re.compile(
    r"\b(SELECT\s.*\sFROM|INSERT INTO|DELETE FROM|UPDATE\s.*\sSET|CREATE (OR REPLACE |TEMP )*(TABLE|VIEW|MACRO|INDEX)|"
    r"DROP (TABLE|VIEW)|ATTACH|COPY|LOAD|PRAGMA|SET)\b\s",
    re.DOTALL,
)


def where(path: Path, node: ast.AST, what: str) -> str:
    return f"{name_of(path) if path.is_relative_to(ROOT) else path.name}:{node.lineno} {what}"


def impurities(path: Path) -> list[str]:
    """Find what a pure module may not do: reach files, the clock, the network, a database, chance."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [where(path, node, f"imports {n}") for n in names if n.split(".")[0] in IMPURE_MODULES]
        elif isinstance(node, ast.Call):
            found += [where(path, node, f"calls {what}") for what in _impure_call(node)]
    return found


def _impure_call(node: ast.Call) -> list[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    impure = (
        (isinstance(node.func, ast.Name) and name in IMPURE_CALLS)
        or (isinstance(node.func, ast.Attribute) and (name in IMPURE_METHODS or FILE_METHOD.fullmatch(name)))
        or (name == "datetime64" and first in ("now", "today"))
        or (name == "default_rng" and not node.args and not node.keywords)
    )
    return [name] if impure else []


def built_sql(path: Path) -> list[str]:
    """Find SQL that is put together at run time: an f-string, `%`, `+` or `.format` on text that is a statement."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            text = " x ".join(texts) if len(texts) < len(node.values) else ""
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            text = " ".join(side.value for side in (node.left, node.right) if _is_text(side))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format" and _is_text(node.func.value):
            text = node.func.value.value
        else:
            continue
        if SQL.search(text + " "):
            found.append(where(path, node, text.strip()[:60]))
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def siblings(path: Path, root: Path = ROOT) -> list[str]:
    """Find where one thing's file imports another's, though each is to be added and removed on its own."""
    package = ".".join(path.relative_to(root).parent.parts)
    things = {p.stem for p in path.parent.glob("*.py") if not p.stem.startswith("_")}
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").removeprefix(f"{package}.")]
        elif isinstance(node, ast.Import):
            names = [alias.name.removeprefix(f"{package}.") for alias in node.names]
        else:
            continue
        found += [where(path, node, f"imports {name}") for name in names if name in things]
    return found


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache", "--no-logo"], check=False, cwd=root, capture_output=True, text=True)


def test_every_floor_rests_only_on_those_below():
    answer = lint_imports(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("geo/wrong.py", "import layers._layer"),
        ("layers/wrong.py", "import duckdb"),
        ("data_pipelines/wrong.py", "import app"),
        ("app/pages/wrong.py", "from data_pipelines import warehouse"),
        ("app/briefing/wrong.py", "from data_pipelines._source import sources"),
    ],
)
def test_a_broken_wall_is_seen(tmp_path, module, forbidden):
    for path in [ROOT / "pyproject.toml", *files(".py", under=FLOORS)]:
        copy = tmp_path / name_of(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / module).write_text(f'"""Breaks a wall."""\n{forbidden}\n')
    answer = lint_imports(tmp_path)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "wrong" in answer.stdout


def test_geo_and_layers_are_pure():
    assert [line for path in files(".py", under=("geo", "layers")) for line in impurities(path)] == []


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from pathlib import Path",
        "from urllib.request import urlopen",
        "open('x')",
        "rasterio.open('x')",
        "path.read_text()",
        "frame.to_parquet('x')",
        "pd.read_csv('x')",
        "np.savez('x')",
        "date.today()",
        "datetime.now(UTC)",
        "np.datetime64('today')",
        "np.random.default_rng()",
    ],
)
def test_an_impure_line_is_seen(tmp_path, line):
    path = tmp_path / "layer.py"
    path.write_text(line)
    assert len(impurities(path)) == 1


@pytest.mark.parametrize(
    "line", ["np.datetime64('2024-01')", "default_rng(seed)", "x.to_numpy()", "to_wkb(g)", "df.read(1)"]
)
def test_a_pure_line_passes(tmp_path, line):
    path = tmp_path / "layer.py"
    path.write_text(line)
    assert impurities(path) == []


# Where identifiers (never values) are put into SQL: each from the declared tables and columns, quoted.
SQL_BUILDERS = {
    "app/exports/_content.py": "reads the columns of a table that a tier may see",
    "data_pipelines/publish.py": "copies each table's columns into a tier's file",
    "data_pipelines/staging.py": "makes each table's staged twin",
    "data_pipelines/tables/_table.py": "writes the DDL of a declared table",
    "data_pipelines/warehouse.py": "fills a table from a frame",
}


def test_sql_is_put_together_only_from_declared_tables():
    found = [line for path in files(".py", under=("data_pipelines", "app")) for line in built_sql(path)]
    assert {line.split(":")[0] for line in found} == set(SQL_BUILDERS), found


@pytest.mark.parametrize(
    "line",
    [
        'f"SELECT * FROM {name}"',
        'f"DELETE FROM {name} WHERE id = 1"',
        '"SELECT a FROM t WHERE id = " + unit',
        '"SELECT a FROM t WHERE id = %s" % unit',
        '"INSERT INTO {} VALUES (1)".format(name)',
        "f\"ATTACH '{path}'\"",
        'f"SET memory_limit = {limit}"',
    ],
)
def test_built_sql_is_seen(tmp_path, line):
    path = tmp_path / "door.py"
    path.write_text(f"x = {line}")
    assert len(built_sql(path)) == 1


@pytest.mark.parametrize("line", ['f"There is no unit {unit}; choose from those of the SET."', '"SELECT 1 FROM t"'])
def test_prose_and_whole_statements_pass(tmp_path, line):
    path = tmp_path / "door.py"
    path.write_text(f"x = {line}")
    assert built_sql(path) == []


def test_files_are_never_read_by_duckdb_s_gdal():
    door = "st_" + "read"
    assert [name_of(p) for p in files(".py", ".sql", under=FLOORS) if door in p.read_text().lower()] == []


@pytest.mark.parametrize(
    "folder", ["layers", "data_pipelines/sources", "data_pipelines/tables", "app/commands", "app/pages"]
)
def test_one_thing_s_file_does_not_import_another_s(folder):
    things = [p for p in sorted((ROOT / folder).glob("*.py")) if not p.stem.startswith("_")]
    assert [line for path in things for line in siblings(path)] == []


@pytest.mark.parametrize("line", ["from layers import one", "from layers.one import LAYER", "import layers.one"])
def test_an_import_between_things_is_seen(tmp_path, line):
    folder = tmp_path / "layers"
    folder.mkdir()
    (folder / "one.py").touch()
    (folder / "other.py").write_text(line)
    assert len(siblings(folder / "other.py", tmp_path)) == 1
