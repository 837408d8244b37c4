"""Snapshots to an edition: staged, placed, measured, checked, published; or nothing at all."""

import fcntl
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data_pipelines import nearness, preference, rasters, shares, warehouse
from data_pipelines import places as ground
from data_pipelines._source import PopulationGrid, source
from data_pipelines.matching import match
from data_pipelines.measure import Parameters, measure
from data_pipelines.panels import months
from data_pipelines.plan import Plan, code_version, edition_id, plan
from data_pipelines.publish import publish, put_beside, write_tiers
from data_pipelines.snapshot import SYNTHETIC
from data_pipelines.staging import Staged, create, stage
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, DataError

Say = Callable[[str], None]
SNAPSHOT_FACTS = ("snapshot", "series", "file", "sha256", "bytes", "known_at", "received_at", "iso3", "url")
DATED = frozenset({"incidents", "displacement"})
MODELS = (
    *("areas", "population", "population_groups", "deletions", "removals", "incidents", "displacement", "sites"),
    *("reported_counts", "provider_totals", "row_accounts"),
)
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
    planned = plan(workspace, as_known_on)
    with _alone(workspace), _folder(workspace) as folder:
        manifest = _make(workspace, planned, folder, say)
        publish(workspace, folder, manifest)
    return manifest


def known_on(workspace: Workspace, day: date, say: Say) -> Path:
    """Return the folder of the edition as known on a day: one that is there, or one built beside, never made current.

    Raises the errors of `build`.
    """
    planned = plan(workspace, day)
    for folder in (parent / edition_id(planned) for parent in (workspace.editions, workspace.replays)):
        if (folder / "manifest.json").is_file():
            return folder
    with _alone(workspace), _folder(workspace) as folder:
        return put_beside(workspace, folder, _make(workspace, planned, folder, say))


def _make(workspace: Workspace, planned: Plan, folder: Path, say: Say) -> dict[str, Any]:
    begun, now = time.monotonic(), datetime.now(UTC)
    manifest: dict[str, Any] = {
        "edition": edition_id(planned),
        "built_at": now.isoformat(timespec="seconds"),
        "known_on": (planned.as_known_on or now.date()).isoformat(),
        "as_known_on": planned.as_known_on.isoformat() if planned.as_known_on else None,
        "code_version": code_version(),
        "parameters": planned.parameters,
        "guards": list(planned.guards),
        "overrides": _used(planned),
        "disclaimer": DISCLAIMER,
    }
    manifest |= _fill(workspace, planned, folder, say)
    manifest["seconds"] = round(time.monotonic() - begun, 1)
    manifest["peak_mb"] = _peak_mb()
    return manifest


def _fill(workspace: Workspace, planned: Plan, folder: Path, say: Say) -> dict[str, Any]:
    receipts, parameters, orders = planned.receipts, planned.parameters, planned.orders
    connection = warehouse.connect(folder / "confidential.duckdb")
    try:
        create(connection)
        staged = stage(connection, workspace, receipts, say)
        preference.choose(connection, orders)
        for name in MODELS:
            warehouse.run(connection, "models", name)
        placed, places = _place(connection, preference.by_preference(staged.grids, orders), parameters, say)
        measure(connection, parameters, say)
        checks = run_checks(connection)
        facts = _facts(connection, planned, staged, checks) | {"primary": preference.facts(connection, orders)}
        told = {"edition": edition_id(planned), "disclaimer": DISCLAIMER}
        rasters.write(connection, folder / "rasters", placed, places, parameters, told)
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
) -> tuple[shares.Placed, ground.Places]:
    places = ground.survey(connection, grids)
    ground.fill(connection, places)
    say(f"surveyed {len(places.leaf_ids)} areas as {len(places.atoms):,} pieces of land")
    placed = shares.place_incidents(connection, places)
    match(connection, placed, places)
    shares.place_displacement(connection, places)
    sites = shares.place_sites(connection, places)
    say(f"placed {len(placed.frame):,} incidents and {len(sites):,} protected sites")
    nearness.threaten_sites(connection, placed, sites, places, 1000 * parameters["site_threat"]["radius_km"])
    warehouse.run(connection, "models", "coverage")
    near = parameters["population_exposure"]
    periods = months(warehouse.query(connection, "periods"))
    nearness.expose_people(connection, placed, places, periods, 1000 * near["radius_km"], int(near["window_months"]))
    return placed, places


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
    connection: duckdb.DuckDBPyConnection, planned: Plan, staged: Staged, checks: dict[str, int]
) -> dict[str, Any]:
    accounts = warehouse.query(connection, "accounts").set_index("source")
    feeds = warehouse.query(connection, "feeds")
    gaps = warehouse.query(connection, "gaps")
    removed = warehouse.query(connection, "removals_by_source")
    unplaced = warehouse.query(connection, "unplaced_by_reason")
    countries = warehouse.query(connection, "countries")
    periods = months(warehouse.query(connection, "periods"))
    return {
        "countries": list(countries["iso3"]),
        "country_names": dict(zip(countries["iso3"], countries["name"], strict=True)),
        "synthetic": SYNTHETIC in set(countries["iso3"]),
        "periods": [str(p) for p in periods],
        "sources": {
            name: _source_facts(name, planned, staged, accounts)
            | {"feeds": _feeds(feeds, name), "gaps": _own(gaps, name), "removed": _own(removed, name)}
            for name in accounts.index
        },
        "checks": checks,
        "unplaced": {str(k): int(v) for k, v in zip(unplaced["reason"], unplaced["n"], strict=True)},
    }


def _source_facts(name: str, planned: Plan, staged: Staged, accounts: pd.DataFrame) -> dict[str, Any]:
    about = source(name)
    own = [r for r in planned.receipts if r.source == name]
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
        "known_through": max(r.profile.get("last", "") for r in own) or None if DATED & {*about.tables} else None,
        "covers": [_text(accounts["first"][name]), _text(accounts["last"][name])],
        "snapshots": [
            {k: getattr(r, k) for k in SNAPSHOT_FACTS}
            | {"notes": [*staged.notes[r.snapshot], *filter(None, [planned.notes.get(r.snapshot)])]}
            for r in own
        ],
    }


def _feeds(feeds: pd.DataFrame, name: str) -> list[dict[str, str | None]]:
    """Return what a source speaks about, where and until when; its freshness is judged when it is asked for."""
    own = feeds[feeds["source"] == name]
    return [
        {"family": family, "iso3": iso3, "last": _text(last)}
        for family, iso3, last in zip(own["family"], own["iso3"], own["last"], strict=True)
    ]


def _own(rows: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    own = rows[rows["source"] == name].drop(columns="source")
    return [{str(key): value for key, value in row.items()} for row in own.to_dict("records")]


def _used(planned: Plan) -> list[dict[str, Any]]:
    """Return the overrides that let something pass, each once."""
    overrides: list[dict[str, Any]] = []
    for each in planned.guards:
        overrides += [each["override"]] if each["override"] not in overrides else []
    return overrides


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


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
