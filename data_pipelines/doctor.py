"""Is this installation sound? Each finding is a thing really tried, not a version compared."""

import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from data_pipelines._source import sources
from data_pipelines.edition import current
from data_pipelines.fetching.keys import read_keys
from data_pipelines.sandbox import network_can_be_cut
from data_pipelines.tables import Tier
from data_pipelines.warehouse import connect
from geo.errors import ForewatchError
from geo.geodesy import distance_m

DISK_NEEDED_GB = 2.0


class Finding(NamedTuple):
    """One thing looked at: whether it is well, and what was found."""

    check: str
    ok: bool
    found: str


def examine(workspace: Path) -> list[Finding]:
    """Return what was found, in a fixed order."""
    checks: list[Callable[[Path], Finding]] = [_versions, _spatial, _locked, _geodesy, _sandbox, _keys, _disk, _edition]
    return [check(workspace) for check in checks]


def _versions(_: Path) -> Finding:
    wanted = importlib.metadata.version("duckdb")
    extension = importlib.metadata.version("duckdb-extension-spatial")
    return Finding("duckdb and its spatial extension agree", wanted == extension, f"{wanted} and {extension}")


def _spatial(_: Path) -> Finding:
    row = connect().execute("SELECT ST_X(ST_Transform(ST_Point(30, 15), 'EPSG:4326', 'EPSG:3857'))").fetchone()
    x = float(row[0]) if row else 0.0
    return Finding("longitude comes first in DuckDB", abs(x - 3339584.7238) < 1, f"{x:,.1f} m at 30 degrees east")


def _locked(_: Path) -> Finding:
    try:
        connect().execute("SELECT * FROM read_text('/etc/hostname')")
    except duckdb.PermissionException:
        return Finding("DuckDB reads no files but its own", True, "refused")
    return Finding("DuckDB reads no files but its own", False, "a foreign file could be read")


def _geodesy(_: Path) -> Finding:
    degree = float(distance_m(0.0, 60.0, 1.0, 60.0))
    return Finding("distances are ellipsoidal", abs(degree - 55_800) < 5, f"{degree:,.0f} m for a degree at 60 north")


def _sandbox(_: Path) -> Finding:
    cut = network_can_be_cut()
    return Finding("raw files are read without network", cut, "yes" if cut else "this system does not allow it")


def _keys(workspace: Path) -> Finding:
    check = "keys of providers are for their owner alone"
    try:
        held = os.environ.keys() | read_keys(workspace).keys()
    except ForewatchError as error:
        return Finding(check, False, str(error))
    wanted = sorted({key for each in sources().values() for key in each.keys})
    absent = [key for key in wanted if key not in held]
    return Finding(check, True, f"without a key: {', '.join(absent)}" if absent else "all keys are set")


def _disk(workspace: Path) -> Finding:
    place = next(p for p in (workspace.absolute(), *workspace.absolute().parents) if p.exists())
    free_gb = shutil.disk_usage(place).free / 2**30
    with tempfile.TemporaryFile():
        return Finding("there is room on the disk", free_gb > DISK_NEEDED_GB, f"{free_gb:,.1f} GB free")


def _edition(workspace: Path) -> Finding:
    try:
        edition = current(workspace, Tier.public)
    except ForewatchError as error:
        return Finding("there is an undamaged edition", False, str(error))
    return Finding("there is an undamaged edition", True, edition.id)
