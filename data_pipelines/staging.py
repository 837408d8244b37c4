"""Raw files to staged rows: everything a provider sent, with the account of every row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from data_pipelines import warehouse
from data_pipelines._source import Parsed, PopulationGrid, Raw, source
from data_pipelines.profiles import covered
from data_pipelines.sandbox import parse_all
from data_pipelines.snapshot import Receipt, file_of, refuse_broken
from data_pipelines.tables import TABLES, table
from data_pipelines.workspace import Workspace

Say = Callable[[str], None]


@dataclass
class Staged:
    """What came out of the raw files beside the rows: population rasters with their source, and notes by snapshot."""

    grids: list[tuple[str, PopulationGrid]] = field(default_factory=list)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table, and for each that sources fill a staged twin without its constraints."""
    for each in TABLES.values():
        connection.execute(each.ddl())
        if each.staged:
            connection.execute(f'CREATE TEMP TABLE "staged_{each.name}" AS FROM "{each.name}" LIMIT 0')
    connection.execute(
        "CREATE TEMP TABLE snapshots (snapshot VARCHAR, source VARCHAR, file VARCHAR, rank INTEGER, known_at DATE, "
        "scope VARCHAR, speaks_from DATE, speaks_to DATE)"
    )
    connection.execute(
        "CREATE TEMP TABLE parse_accounts "
        "(snapshot VARCHAR, rows_in BIGINT, parsed BIGINT, quarantined BIGINT, repeated BIGINT, pixels BIGINT)"
    )


def stage(connection: duckdb.DuckDBPyConnection, workspace: Workspace, receipts: Sequence[Receipt], say: Say) -> Staged:
    """Parse the snapshots in isolated processes and load what they hold into the staged tables."""
    files = [
        (r.source, Raw(file_of(workspace, r), r.snapshot, r.iso3, pd.Timestamp(r.known_at).date(), r.asked))
        for r in receipts
    ]
    staged = Staged()
    for rank, (receipt, parsed) in enumerate(zip(receipts, parse_all(files), strict=True)):
        say(f"read {receipt.snapshot}: {parsed.rows_in:,} rows")
        refuse_broken(receipt.file, parsed)
        connection.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _about(receipt, parsed, rank))
        _load(connection, receipt, parsed)
        staged.notes[receipt.snapshot] = parsed.notes
        if parsed.grid is not None:
            staged.grids.append((receipt.source, parsed.grid))
    return staged


def _about(receipt: Receipt, parsed: Parsed, rank: int) -> list[object]:
    speaks_from, speaks_to = covered(parsed) or (None, None)
    told = [receipt.snapshot, receipt.source, receipt.file, rank, receipt.known_at]
    return [*told, parsed.scope, speaks_from, speaks_to]


def _load(connection: duckdb.DuckDBPyConnection, receipt: Receipt, parsed: Parsed) -> None:
    mark = {"snapshot": receipt.snapshot, "source": receipt.source}
    for name, frame in parsed.frames.items():
        warehouse.insert(connection, table(name), frame.assign(snapshot=receipt.snapshot), f"staged_{name}")
    warehouse.insert(connection, table("provider_totals"), parsed.totals.assign(**mark), "staged_provider_totals")
    rejects = pd.DataFrame(parsed.rejects, columns=["line", "rule", "reason", "raw"])
    warehouse.insert(connection, table("quarantine"), rejects.assign(**mark))
    connection.execute(
        "INSERT INTO parse_accounts VALUES (?, ?, ?, ?, ?, ?)",
        [
            receipt.snapshot,
            parsed.rows_in,
            parsed.loaded,
            len(parsed.rejects),
            parsed.repeated,
            parsed.pixels,
        ],
    )
    warehouse.insert(connection, table("coverage"), _coverage(receipt, parsed), "staged_coverage")


def _coverage(receipt: Receipt, parsed: Parsed) -> pd.DataFrame:
    family = next((f for f in ("incidents", "displacement") if f in source(receipt.source).tables), None)
    rows = [
        {"source": receipt.source, "family": family, "iso3": iso3, "first": first, "last": last}
        for iso3, (first, last) in parsed.covers.items()
    ]
    return pd.DataFrame(rows)
