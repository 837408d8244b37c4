"""A file that was cut off is never taken for a whole one: its own structure tells, or the vintage before it does."""

import shutil
from datetime import date

import numpy as np
import pytest

from data_pipelines.build import build
from data_pipelines.snapshot import add
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, FileRefused
from tests.torture.files import FORMATS
from tests.world import write_areas

CUTS = 150
BEFORE, AFTER = date(2024, 6, 1), date(2024, 7, 1)


@pytest.fixture
def home(tmp_path):
    """A workspace with boundaries, to which vintages are added."""
    home = Workspace(tmp_path / "workspace")
    for level in (1, 2):
        add(home, "cod_ab", write_areas(tmp_path, level), "XTW", BEFORE)
    return home


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_cut_is_published(tmp_path, home, name):
    """Each cut is refused when it is added; where nothing in it can tell, the build stops at a guard."""
    chosen = FORMATS[name]
    path = chosen.write(tmp_path / f"file.{chosen.end}")
    add(home, chosen.source, path, chosen.iso3, BEFORE)
    build(home, None, lambda _: None)
    served = home.pointer.read_bytes()
    whole = path.read_bytes()
    by_guard = 0
    for at in np.random.default_rng(11).integers(1, len(whole), CUTS).tolist():
        path.write_bytes(whole[:at])
        try:
            receipt = add(home, chosen.source, path, chosen.iso3, AFTER)
        except FileRefused:
            continue
        with pytest.raises(CheckFailed):
            build(home, None, lambda _: None)
        by_guard += 1
        shutil.rmtree(home.snapshots / receipt.snapshot)
    assert home.pointer.read_bytes() == served
    print(f"\n{name}: {CUTS - by_guard} of {CUTS} cuts refused by the file itself, {by_guard} by a guard")


def test_a_cut_at_every_record_border_is_found_by_a_guard(tmp_path, home):
    """Nothing in a CSV that ends with a whole record tells that others are missing; the vintage before it does."""
    chosen = FORMATS["csv"]
    path = chosen.write(tmp_path / "file.csv")
    add(home, chosen.source, path, chosen.iso3, BEFORE)
    ends = _record_ends(path.read_bytes().decode())
    whole = path.read_bytes()
    for at in [*ends[-3:-1], *ends[2:-3:97]]:
        path.write_bytes(whole[:at])
        receipt = add(home, chosen.source, path, chosen.iso3, AFTER)
        with pytest.raises(CheckFailed):
            build(home, None, lambda _: None)
        shutil.rmtree(home.snapshots / receipt.snapshot)


def _record_ends(text):
    """Return the bytes after which a record is whole: line ends that stand outside quotation marks."""
    quoted, ends, done = False, [], 0
    for line in text.splitlines(keepends=True):
        quoted ^= line.count('"') % 2 == 1
        done += len(line.encode())
        if not quoted:
            ends.append(done)
    return ends
