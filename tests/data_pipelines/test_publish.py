"""An edition is current whole or not at all, whatever goes wrong and whenever."""

import errno
import json
import subprocess
import sys
import time

import pytest

from data_pipelines import build as building
from data_pipelines import plan, publish, workspace
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from geo.errors import NoEdition
from tests import world


def quiet(_):
    pass


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw"))


STEPS = {
    "reading": (building, "stage"),
    "measuring": (building, "measure"),
    "checking": (building, "run_checks"),
    "writing the tiers": (building, "write_tiers"),
    "hashing": (publish, "sha256_of"),
    "writing the manifest": (publish, "write_atomically"),
    "pointing": (publish, "point_to"),
    "replacing the pointer": (workspace, "sync_folder"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_at_any_step_leaves_the_edition_before(home, monkeypatch, step):
    before = json.loads(home.pointer.read_text())
    module, name = STEPS[step]

    def no_space(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(plan, "code_version", lambda: step)
        patch.setattr(module, name, no_space)
        with pytest.raises(OSError, match="No space"):
            building.build(home, None, quiet)
    assert not list(home.editions.glob(".building-*"))
    after = json.loads(home.pointer.read_text())
    assert after["edition"] == before["edition"] or step == "replacing the pointer"
    assert current(home.root, Tier.public).id == after["edition"]
    assert len(current(home.root, Tier.public).units("adm2")) == 4


def test_building_again_mends_a_damaged_edition(tmp_path):
    home = world.built(tmp_path / "workspace", tmp_path)
    name = json.loads(home.pointer.read_text())["edition"]
    for damage, tier in (("public.duckdb", Tier.public), ("manifest.json", Tier.restricted)):
        path = home.editions / name / damage
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(NoEdition, match="damaged"):
            current(home.root, tier)
        building.build(home, None, quiet)
        assert len(current(home.root, tier).units("adm2")) == 4


BUILD = """
import sys
from pathlib import Path
from data_pipelines import build, plan
from data_pipelines.workspace import Workspace
plan.code_version = lambda: sys.argv[2]
print("begun", flush=True)
build.build(Workspace(Path(sys.argv[1])), None, lambda text: print(text, flush=True))
"""


@pytest.mark.parametrize(
    ("said", "wait_s"), [("read", 0.0), ("placed", 0.05), ("writing the public", 0.02), ("writing", 0.3)]
)
def test_a_killed_build_leaves_a_whole_edition_and_the_next_one_sweeps_up(home, said, wait_s):
    command = [sys.executable, "-c", BUILD, str(home.root), f"killed after {said}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        next(line for line in child.stdout if line.startswith(said))
        time.sleep(wait_s)
        child.kill()
    pointed = json.loads(home.pointer.read_text())["edition"]
    assert current(home.root, Tier.confidential).id == pointed
    time.sleep(0.5)
    manifest = building.build(home, None, quiet)
    assert current(home.root, Tier.public).id == manifest["edition"]
    assert not list(home.editions.glob(".building-*"))


def test_a_damaged_pointer_is_told_in_one_sentence(home):
    whole = home.pointer.read_text()
    home.pointer.write_text("{")
    with pytest.raises(NoEdition, match=r"CURRENT\.json is damaged"):
        current(home.root, Tier.public)
    home.pointer.write_text(whole)
