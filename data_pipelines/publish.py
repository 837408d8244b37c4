"""From a finished build to the current edition: one file per tier, a manifest, one atomic pointer."""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data_pipelines import warehouse
from data_pipelines.edition import DAYS, history
from data_pipelines.tables import TABLES, Table, Tier
from data_pipelines.workspace import Workspace, sha256_of, sync_folder, write_atomically
from layers._layer import layers

KEPT = 3
REPLAYS = 4


BATCH = 100_000
"""Rows handed from file to file at once: the 5 million values of Sudan, as one table of texts, took 1 GB a tier."""


def write_tiers(build: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the files of the tiers below the one that was built, each in a thread of its own."""
    lower = [tier for tier in Tier if tier < Tier.confidential]
    with ThreadPoolExecutor(len(lower)) as pool:
        list(pool.map(lambda tier: write_tier(build.cursor(), folder / f"{tier.name}.duckdb", tier), lower))


def write_tier(build: duckdb.DuckDBPyConnection, path: Path, tier: Tier) -> None:
    """Write a tier's own file: the columns it may hold, of every table; small counts withheld where it is public.

    What is withheld never reaches the file: DuckDB leaves the pages of rows that were changed later as they were.
    """
    target = warehouse.connect(path, memory="500MB")  # rows only pass through
    build.register("withheld", _withheld(build))
    for table in TABLES.values():
        target.execute(table.ddl(tier=tier))
        _copy(build, target, table, tier)
    build.unregister("withheld")
    target.execute("CHECKPOINT")
    target.close()


def _withheld(build: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return layer, unit, unit_id and kind of site (missing for all kinds) of what could point at a protected site."""
    thresholds = {name: each.k_public for name, each in layers().items() if each.k_public}
    found = [warehouse.query(build, "few_sites", k=k).assign(layer=name) for name, k in thresholds.items()]
    return pd.concat(found, ignore_index=True)


def _copy(build: duckdb.DuckDBPyConnection, target: duckdb.DuckDBPyConnection, table: Table, tier: Tier) -> None:
    columns = table.visible(tier)
    if not columns:
        return
    is_filtered = tier == Tier.public and table.name in warehouse.names("tiers")
    rows = f"({warehouse.sql('tiers', table.name)})" if is_filtered else f'"{table.name}"'
    read = [f'ST_AsWKB("{c.name}") AS "{c.name}"' if c.type == "GEOMETRY" else f'"{c.name}"' for c in columns]
    wrote = [f'ST_GeomFromWKB("{c.name}")' if c.type == "GEOMETRY" else f'"{c.name}"' for c in columns]
    target.register("incoming", build.execute(f"SELECT {', '.join(read)} FROM {rows}").to_arrow_reader(BATCH))  # noqa: S608 - names and files of our own
    target.execute(f'INSERT INTO "{table.name}" SELECT {", ".join(wrote)} FROM incoming')  # noqa: S608 - names of our own tables
    target.unregister("incoming")


def publish(workspace: Workspace, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Seal a finished folder, give it its name and point to it; a crash at any step leaves the old edition current.

    Parameters
    ----------
    workspace
        Where.
    folder
        Holds the tiers' files, closed and without a write-ahead log, and `rasters/`.
    manifest
        Its facts; the hashes of the files are added here.
    """
    _seal(folder, manifest, workspace.editions)
    point_to(workspace, str(manifest["edition"]), {name: manifest[name] for name in DAYS})


def put_beside(workspace: Workspace, folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Seal a finished folder among the replays and return it; the oldest but `REPLAYS` of them are forgotten."""
    workspace.replays.mkdir(parents=True, exist_ok=True)
    final = _seal(folder, manifest, workspace.replays)
    newest = sorted(workspace.replays.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest[REPLAYS:]:
        shutil.rmtree(old)
    return final


def _seal(folder: Path, manifest: Mapping[str, Any], among: Path) -> Path:
    """Write the manifest, make the files read-only, and move the folder to its name; one that is whole stays."""
    stray = sorted(folder.rglob("*.wal"))
    if stray:
        raise RuntimeError(f"{stray[0].name} was left beside a database that is to be published")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    facts = {str(p.relative_to(folder)): _file_facts(p) for p in files}
    write_atomically(folder / "manifest.json", {**manifest, "files": facts})
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    folder.chmod(0o755)
    final = among / str(manifest["edition"])
    if _is_whole(final):
        shutil.rmtree(folder)
    else:
        shutil.rmtree(final, ignore_errors=True)
        folder.rename(final)
    sync_folder(among)
    return final


def _file_facts(path: Path) -> dict[str, str | int]:
    """Return what the manifest says of a file; the last part of its name is the tier from which on it may be read."""
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size, "tier": path.stem.rpartition(".")[2]}


def _is_whole(folder: Path) -> bool:
    """Tell whether an edition's folder holds the very files that its manifest names."""
    try:
        files = json.loads((folder / "manifest.json").read_text())["files"]
        return all(sha256_of(folder / name) == about["sha256"] for name, about in files.items())
    except (OSError, ValueError, KeyError):
        return False


def point_to(workspace: Workspace, edition: str, days: Mapping[str, str | None] | None = None) -> None:
    """Make an edition current and forget all but the last three; rolling back is pointing to an older one.

    Parameters
    ----------
    workspace, edition
        Where, and its id.
    days
        `known_on` and `as_known_on`, which may differ from those of its first build; None leaves them as they were.
    """
    before = history(workspace.pointer) if workspace.pointer.exists() else []
    kept = [edition, *[e for e in before if e != edition]][:KEPT]
    write_atomically(workspace.pointer, {"edition": edition, "history": kept, **(days or {})})
    for folder in workspace.editions.iterdir():
        if folder.name not in kept and not folder.name.startswith("."):
            shutil.rmtree(folder)
