"""Snapshots to an edition: staged, placed, measured, checked, published; or nothing at all."""

import fcntl
import hashlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data_pipelines import nearness, preference, shares, warehouse
from data_pipelines import places as ground
from data_pipelines._source import PopulationGrid, source
from data_pipelines.measure import Parameters, measure
from data_pipelines.panels import months
from data_pipelines.publish import publish, write_tiers
from data_pipelines.settings import parameters as read_parameters
from data_pipelines.settings import primary
from data_pipelines.snapshot import SYNTHETIC, Receipt, newest
from data_pipelines.staging import Staged, create, stage
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, DataError, UsageError

Say = Callable[[str], None]
CODE = Path(__file__).parent.parent
FLOORS = ("geo", "layers", "data_pipelines")
SNAPSHOT_FACTS = ("snapshot", "series", "file", "sha256", "bytes", "known_at", "received_at", "iso3", "url")
DISCLAIMER = (
    "The boundaries and names shown and the designations used on this map do not imply official endorsement or "
    "acceptance by the United Nations."
)


def build(workspace: Workspace, as_known_on: date | None, say: Say) -> dict[str, Any]:
    """Build an edition from the newest snapshots known on a day, publish it, and return its manifest.

    Raises
    ------
    UsageError
        Where the day is in the future, or `forewatch.toml` cannot be followed.
    DataError
        Where there is nothing to build from, or another build is running.
    FileRefused
        Where a snapshot cannot be read.
    CheckFailed
        Where the result breaks one of its own identities; the edition served before stays.
    """
    today = datetime.now(UTC)
    known_on = as_known_on or today.date()
    if known_on > today.date():
        raise UsageError(f"Nothing is known on {known_on} yet, which is in the future; give a day that has come.")
    receipts = newest(workspace, known_on)
    if not any("areas" in source(r.source).tables for r in receipts):
        raise DataError(
            f"There are no boundaries in {workspace.root} known on {known_on}; add a file with `forewatch add cod_ab`."
        )
    parameters, orders = read_parameters(workspace.root), preference.orders(primary(workspace.root))
    begun = time.monotonic()
    with _alone(workspace), _folder(workspace) as folder:
        manifest: dict[str, Any] = {
            "edition": edition_id(receipts, parameters, orders, as_known_on),
            "built_at": today.isoformat(timespec="seconds"),
            "known_on": known_on.isoformat(),
            "as_known_on": as_known_on.isoformat() if as_known_on else None,
            "code_version": code_version(),
            "parameters": parameters,
            "disclaimer": DISCLAIMER,
        }
        manifest |= _fill(workspace, folder, receipts, (parameters, orders), say)
        manifest["seconds"] = round(time.monotonic() - begun, 1)
        manifest["peak_mb"] = _peak_mb()
        publish(workspace, folder, manifest)
    return manifest


def _fill(
    workspace: Workspace,
    folder: Path,
    receipts: Sequence[Receipt],
    settings: tuple[Parameters, preference.Orders],
    say: Say,
) -> dict[str, Any]:
    parameters, orders = settings
    connection = warehouse.connect(folder / "confidential.duckdb")
    try:
        create(connection)
        staged = stage(connection, workspace, receipts, say)
        preference.choose(connection, orders)
        for name in ("areas", "population", "population_groups", "incidents", "displacement", "sites"):
            warehouse.run(connection, "models", name)
        for name in ("reported_counts", "provider_totals", "row_accounts"):
            warehouse.run(connection, "models", name)
        _place(connection, preference.by_preference(staged.grids, orders), parameters, say)
        measure(connection, parameters, say)
        checks = run_checks(connection)
        facts = _facts(connection, receipts, staged, checks) | {"primary": preference.facts(connection, orders)}
        connection.execute("CHECKPOINT")
        say("writing the public and the restricted file")
        write_tiers(connection, folder)
    except duckdb.ConstraintException as error:
        raise CheckFailed(
            f"A row breaks the contract of its table ({_first_line(error)}); nothing was published."
        ) from error
    finally:
        connection.close()
    return facts


def _place(
    connection: duckdb.DuckDBPyConnection, grids: list[PopulationGrid], parameters: Parameters, say: Say
) -> None:
    places = ground.survey(connection, grids)
    ground.fill(connection, places)
    say(f"surveyed {len(places.leaf_ids)} areas as {len(places.atoms):,} pieces of land")
    placed = shares.place_incidents(connection, places)
    shares.place_displacement(connection, places)
    sites = shares.place_sites(connection, places)
    say(f"placed {len(placed.frame):,} incidents and {len(sites):,} protected sites")
    nearness.threaten_sites(connection, placed, sites, places, 1000 * parameters["site_threat"]["radius_km"])
    warehouse.run(connection, "models", "coverage")
    near = parameters["population_exposure"]
    periods = months(warehouse.query(connection, "periods"))
    nearness.expose_people(connection, placed, places, periods, 1000 * near["radius_km"], int(near["window_months"]))


def run_checks(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Run every check, a query that returns the wrong rows; return how many each found.

    Raises
    ------
    CheckFailed
        Where one finds any; the message says with the first line of its file what they are, and shows the first row.
    """
    found = {name: connection.execute(warehouse.sql("checks", name)).df() for name in warehouse.names("checks")}
    for name, rows in found.items():
        if len(rows):
            first = ", ".join(f"{k} {v}" for k, v in rows.iloc[0].items())
            wrong = warehouse.sql("checks", name).partition("\n")[0].removeprefix("-- ")
            raise CheckFailed(
                f"Check '{name}' finds {wrong} ({len(rows):,} found, the first: {first}); nothing was published, and "
                "the edition before stays current."
            )
    return {name: len(rows) for name, rows in found.items()}


def _facts(
    connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt], staged: Staged, checks: dict[str, int]
) -> dict[str, Any]:
    accounts = warehouse.query(connection, "accounts").set_index("source")
    feeds = warehouse.query(connection, "feeds")
    unplaced = warehouse.query(connection, "unplaced_by_reason")
    countries = warehouse.query(connection, "countries")
    periods = months(warehouse.query(connection, "periods"))
    return {
        "countries": list(countries["iso3"]),
        "country_names": dict(zip(countries["iso3"], countries["name"], strict=True)),
        "synthetic": SYNTHETIC in set(countries["iso3"]),
        "periods": [str(p) for p in periods],
        "sources": {
            name: _source_facts(name, receipts, staged, accounts) | {"feeds": _feeds(feeds, name)}
            for name in accounts.index
        },
        "checks": checks,
        "unplaced": {str(k): int(v) for k, v in zip(unplaced["reason"], unplaced["n"], strict=True)},
    }


def _source_facts(name: str, receipts: Sequence[Receipt], staged: Staged, accounts: pd.DataFrame) -> dict[str, Any]:
    about = source(name)
    own = [r for r in receipts if r.source == name]
    counts = {key: int(accounts[key][name]) for key in ("rows_in", "loaded", "quarantined", "superseded")}
    return {
        **counts,
        "title": about.title,
        "provider": about.provider,
        "url": about.url,
        "licence": about.licence,
        "terms": about.terms,
        "may_pass_on": about.may_pass_on,
        "citation": about.citation,
        "caveats": list(about.caveats),
        "cadence_days": about.cadence_days,
        "known_at": max(r.known_at for r in own),
        "covers": [_text(accounts["first"][name]), _text(accounts["last"][name])],
        "snapshots": [
            {k: getattr(r, k) for k in SNAPSHOT_FACTS} | {"notes": list(staged.notes[r.snapshot])} for r in own
        ],
    }


def _feeds(feeds: pd.DataFrame, name: str) -> list[dict[str, str | None]]:
    """Return what a source speaks about, where and until when; its freshness is judged when it is asked for."""
    own = feeds[feeds["source"] == name]
    return [
        {"family": family, "iso3": iso3, "last": _text(last)}
        for family, iso3, last in zip(own["family"], own["iso3"], own["last"], strict=True)
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def edition_id(
    receipts: Sequence[Receipt], parameters: Parameters, orders: preference.Orders, as_known_on: date | None
) -> str:
    """Return the id that the same inputs, parameters and code always have; the day is the one asked for, if any."""
    inputs = [(r.source, r.series, r.sha256, r.known_at, r.iso3) for r in receipts]
    text = json.dumps([inputs, parameters, orders, code_version(), as_known_on], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def code_version() -> str:
    """Return a hash of the code an edition depends on: three floors and their SQL."""
    digest = hashlib.sha256()
    for floor in FLOORS:
        for path in sorted((CODE / floor).rglob("*")):
            if path.suffix in {".py", ".sql"}:
                digest.update(str(path.relative_to(CODE)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _peak_mb() -> int:
    usage = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(usage) / 1024)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].removesuffix(".")


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    workspace.editions.mkdir(parents=True, exist_ok=True)
    with (workspace.root / ".build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"Another build is running in {workspace.root}; wait for it to end and try again."
            ) from None
        yield


@contextmanager
def _folder(workspace: Workspace) -> Iterator[Path]:
    """Yield a folder to build in; what a killed build left behind is swept away first."""
    for left in workspace.editions.glob(".building-*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(dir=workspace.editions, prefix=".building-"))
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder)
