"""What the project holds beside its code: the top level, the lock, secrets, texts, the image, the wheel."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tree import FLOORS, ROOT, entries, files, name_of

TOP_LEVEL = {
    *FLOORS, "tests", ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md",
    "Dockerfile", "LICENSE", "Makefile", "README.md", "SECURITY.md", "pyproject.toml", "requirements.lock",
}  # fmt: skip
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
DEV = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
DOCUMENTS = sorted(ROOT.glob("*.md"))

SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|"
    r"""(?i:password|passwd|secret|token|api_?key)["']?\s*[:=]\s*["'][^"'\s{}$<>]{8,}["']"""
)
SOMEBODYS_MACHINE = re.compile(r"(?<![\w.*])/(?:work|home|root|Users)/\w|[A-Z]:\\Users\\")
PACKAGE_HOST = re.compile(r"(?i)\b(files\.)?pythonhosted\.org|\bpypi\.|--(extra-)?index-url|--find-links|https?://")


def texts():
    """Yield every text file of the project with its text."""
    for path in files():
        try:
            yield path, path.read_text()
        except UnicodeDecodeError:
            continue


def locked():
    """Return the versions in requirements.lock by package; some differ by Python."""
    pins = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


def third_party(path):
    """Return the top-level packages that a module imports and that are neither ours nor Python's."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names = {name.split(".")[0] for name in plain + [n.module for n in nodes if isinstance(n, ast.ImportFrom)]}
    return names - {*FLOORS, *sys.stdlib_module_names}


def test_the_top_level_holds_what_it_should_and_nothing_else():
    assert {path.name for path in entries(ROOT)} == TOP_LEVEL


def test_no_file_holds_a_secret_or_names_somebody_s_machine():
    found = [
        f"{name_of(path)}: {match[0][:40]}"
        for path, text in texts()
        if path.suffix != ".lock"
        for pattern in (SECRETS, SOMEBODYS_MACHINE)
        for match in pattern.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (SECRETS, "password" + ' = "correct horse"'.replace(" h", "-h")),
        (SECRETS, "AK" + "IA" + "ABCDEFGHIJKLMNOP"),
        (SECRETS, "-----BEGIN RSA " + "PRIVATE KEY-----"),
        (SOMEBODYS_MACHINE, "open('/ho" + "me/ana/data.csv')"),
        (PACKAGE_HOST, "--index-url https" + "://example.org/simple"),
    ],
)
def test_what_must_not_be_there_would_be_seen(pattern, text):
    assert pattern.search(text)


def test_the_lock_has_a_hash_for_everything_and_names_no_package_host():
    text = (ROOT / "requirements.lock").read_text()
    assert PACKAGE_HOST.search(text) is None
    blocks = re.findall(r"^[\w.-]+==[^\n]*\n(?:    .*\n?)*", text, re.MULTILINE)
    assert len(blocks) == sum(map(len, locked().values())) > 100
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("requirement", [*RUNTIME, *DEV], ids=str)
def test_a_dependency_is_locked_and_has_its_reason(requirement):
    versions = locked()[canonicalize_name(requirement.name)]
    assert [version for version in versions if version not in requirement.specifier] == []
    reasons = re.findall(rf"\n- `{re.escape(requirement.name)}` - .{{10,}}", (ROOT / "DECISIONS.md").read_text())
    assert len(reasons) == 1


def test_decisions_give_reasons_for_no_package_that_left():
    reasons = re.findall(r"^- `([\w-]+)` - ", (ROOT / "DECISIONS.md").read_text(), re.MULTILINE)
    assert set(reasons) == {requirement.name for requirement in [*RUNTIME, *DEV]}


def test_what_is_imported_is_declared():
    owners = packages_distributions()
    declared = {canonicalize_name(requirement.name) for requirement in RUNTIME}
    undeclared = [
        f"{name_of(path)} imports {name}"
        for path in files(".py", under=FLOORS)
        for name in third_party(path)
        if declared.isdisjoint(map(canonicalize_name, owners.get(name, [])))
    ]
    assert undeclared == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    assert [t for t in targets if not re.match(r"https?:|mailto:", t) and not (ROOT / t).exists()] == []


def test_the_change_log_tells_of_this_version():
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_wheel_holds_every_file_of_the_four_floors(tmp_path):
    """Templates, SQL and vendored scripts are the ones forgotten; an image is built from the wheel."""
    source = tmp_path / "source"
    for path in [*files(under=FLOORS), *(ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE"))]:
        copy = source / name_of(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = (source / "dist").glob("*.whl")
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {name_of(path) for path in files(under=FLOORS)}


def test_the_image_is_built_from_what_is_let_through_to_it():
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    rules = (ROOT / ".dockerignore").read_text().split()
    let_through = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert names == let_through
    assert set(FLOORS) < names
    assert not any(fnmatch("workspace", name) for name in let_through)
