"""From a release's file into the contract table, every row accounted for, beside DuckDB's `read_csv` of that file."""

import json
import subprocess
import sys
from statistics import median

import pytest

from tests.bench.ged_file import REJECTS, ROWS, write_ged
from tests.tree import ROOT

TIMES = 3
MOST_RATIO = 3
MOST_BYTES = 1_500_000_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_ged(tmp_path_factory.mktemp("bench") / "ged.csv")


def run(way, path):
    """Read the file in one way, in a process of its own, as a command would."""
    words = [sys.executable, "-m", "tests.bench.csv_ways", way, path]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)


def test_a_release_is_read_in_three_times_what_read_csv_takes(path):
    """By turns, so that what else the machine does burdens both."""
    turns = [(run("read_csv", path), run("contract", path)) for _ in range(TIMES)]
    alone, whole = (median(turn[way]["seconds"] for turn in turns) for way in (0, 1))
    peak = max(max(whole["reader_bytes"], whole["parent_bytes"]) for _, whole in turns)
    print(
        f"\n{ROWS:,} x {turns[0][0]['columns']} rows, {path.stat().st_size / 1e6:.0f} MB: read_csv {alone:.2f} s, "
        f"contract table {whole:.2f} s, {whole / alone:.2f} times as long, at most {peak / 1e6:,.0f} MB"
    )
    for first, second in turns:
        assert (first["rows"], first["columns"]) == (ROWS, 49)
        assert second["account"] == [ROWS, ROWS - REJECTS, REJECTS, 0, 0]
        assert (second["staged_incidents"], second["quarantine"]) == (ROWS - REJECTS, REJECTS)
        assert second["staged_provider_totals"] > 0
    assert peak < MOST_BYTES
    assert whole <= MOST_RATIO * alone
