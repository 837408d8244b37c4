"""Layers of the world panel, timed in a process of its own: `python -m tests.bench.panel_ways LAYER...`."""

import gc
import json
import sys
import time
from pathlib import Path

import numpy as np

from layers._layer import Values, layers, needed
from tests.bench.world_panel import world_panel


def measure(wanted: list[str]) -> dict[str, object]:
    """Compute layers and those that they are made of, in order, each kept only as long as a later one needs it."""
    together = {each for name in wanted for each in needed(name)}
    names = [name for name in layers() if name in together]
    panel = world_panel()
    gc.collect()
    found: dict[str, Values] = {}
    rows: dict[str, dict[str, float]] = {}
    panel_bytes = _resident()
    for place, name in enumerate(names):
        _forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        found[name] = layers()[name].compute(panel, layers()[name].params(), found)
        rows[name] = {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "peak_bytes": _peak(),
            "values": int(np.isfinite(found[name].value).sum()),
        }
        later = {each for other in names[place + 1 :] for each in layers()[other].inputs}
        found = {kept: found[kept] for kept in found if kept in later}
    return {"layers": rows, "panel_bytes": panel_bytes}


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    """Return a number of bytes that Linux tells of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _forget_peak() -> None:
    """Let the peak of resident memory start anew."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:])))
