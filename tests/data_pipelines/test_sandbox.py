import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data_pipelines import sandbox
from data_pipelines._source import Raw
from data_pipelines.sandbox import network_can_be_cut, parse_all
from geo.errors import FileRefused


def test_a_reader_that_dies_is_a_refused_file(monkeypatch, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(sandbox, "_parse", _die)
    with pytest.raises(FileRefused, match=r"file\.csv cannot be read as ucdp_ged"):
        list(parse_all([("ucdp_ged", Raw(path))]))


def test_time_is_limited_for_each_file_and_not_for_all_that_one_process_reads(monkeypatch, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 4)
    monkeypatch.setattr(sandbox, "source", lambda _: SimpleNamespace(parse=lambda raw: _busy(float(raw.snapshot))))
    quick, endless = ("ucdp_ged", Raw(path, "0.9")), ("ucdp_ged", Raw(path, "20"))
    assert list(parse_all([quick] * 6, workers=1)) == [0.9] * 6
    with pytest.raises(FileRefused, match=r"file\.csv cannot be read as ucdp_ged"):
        list(parse_all([endless], workers=1))


def test_large_arrays_come_over_as_they_are_and_may_be_changed(monkeypatch, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    sent = {
        "odd": np.arange(77, dtype=np.uint8),
        "large": np.arange(1e6),
        "text": pd.Series(["a", None] * 1000, dtype="str"),
    }
    monkeypatch.setattr(sandbox, "source", lambda _: SimpleNamespace(parse=lambda _: sent))
    (found,) = parse_all([("ucdp_ged", Raw(path))])
    for name in ("odd", "large"):
        np.testing.assert_array_equal(found[name], sent[name])
        assert found[name].ctypes.data % sandbox.ALIGNED == 0
        found[name][0] = 5
    pd.testing.assert_series_equal(found["text"], sent["text"])


def test_a_child_of_a_parent_with_much_memory_has_its_own_allowance(monkeypatch, tmp_path):
    """A child may use the limit beyond what it was forked with, or it could not start a thread, and would hang."""
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    held = mmap.mmap(-1, sandbox.MEMORY_BYTES)
    monkeypatch.setattr(sandbox, "source", lambda _: SimpleNamespace(parse=lambda _: _in_a_thread(5)))
    assert list(parse_all([("ucdp_ged", Raw(path))])) == [5]
    held.close()


def test_a_reader_that_waits_for_ever_is_ended(monkeypatch, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    monkeypatch.setattr(sandbox, "source", lambda _: SimpleNamespace(parse=lambda _: time.sleep(60)))
    with pytest.raises(FileRefused, match=r"file\.csv cannot be read as ucdp_ged \(its reader died\)"):
        list(parse_all([("ucdp_ged", Raw(path))]))


def _in_a_thread(value):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: value).result()


def _busy(seconds):
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass
    return seconds


def _die(*_):
    raise MemoryError


def test_the_file_whose_reader_was_killed_is_the_one_that_is_refused(monkeypatch, tmp_path):
    names = ("a.csv", "b.csv", "killer.csv", "c.csv")
    for name in names:
        (tmp_path / name).write_text("a,b\n1,2\n")
    monkeypatch.setattr(sandbox, "source", lambda _: SimpleNamespace(parse=_die_of_the_killer))
    found = parse_all([("ucdp_ged", Raw(tmp_path / name)) for name in names])
    assert [next(found), next(found)] == ["a.csv", "b.csv"]
    with pytest.raises(FileRefused, match=r"killer\.csv cannot be read as ucdp_ged \(its reader died\)"):
        next(found)


def _die_of_the_killer(raw):
    if raw.path.name == "killer.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return raw.path.name


def test_an_isolated_process_reaches_no_port_of_this_machine():
    if not network_can_be_cut():
        pytest.fail("this machine does not let a process give up its network; run the tests where it does")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        code = (
            "import socket\nfrom data_pipelines.sandbox import isolate\nisolate()\n"
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Network is unreachable" in done.stderr


def test_isolation_limits_memory():
    code = "from data_pipelines.sandbox import isolate\nisolate()\nbytearray(5 * 2**30)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert "MemoryError" in done.stderr
