"""The one door to DuckDB: how every database of Forewatch is opened, and how SQL files are found."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import pandas as pd
import pyarrow as pa
import shapely

from data_pipelines.tables import Table
from geo.errors import DataError

SQL = Path(__file__).parent / "sql"

# Below v1.4.0 a stale .wal beside a renamed-in file is silently replayed into it.
STORAGE = "v1.5.0"
LONGITUDE_FIRST = "SET GLOBAL geometry_always_xy = true"  # plain SET would not reach the cursors of a connection
LOCKS = (
    "SET enable_progress_bar = false",  # it would stand in the JSON on standard output
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@cache
def spatial() -> Path:
    """Return the packaged spatial extension, which is loaded from where it lies: no network, no home folder."""
    found = sorted(Path(duckdb_extension_spatial.__file__).parent.glob(f"extensions/v{duckdb.__version__}/*"))
    if not found:
        raise DataError(
            f"The spatial extension is not that of duckdb {duckdb.__version__}; install both from requirements.lock."
        )
    return found[0]


def connect(
    path: Path | None = None, *, read_only: bool = False, threads: int = 2, memory: str = "1500MB"
) -> duckdb.DuckDBPyConnection:
    """Open a database (or one in memory) with spatial loaded, then lock its configuration and external access.

    Parameters
    ----------
    path
        The file; None for a database in memory.
    read_only
        True for every reader; a published file is never written.
    threads
        1 when serving: with more, the same tile comes in several byte orders, and ETags lie.
    memory
        DuckDB's memory limit.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory,
        "storage_compatibility_version": STORAGE,
    }
    connection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=config)
    if connection.execute("SELECT current_setting('lock_configuration')").fetchone() == (True,):
        return connection  # the file is open elsewhere in this process, as it was locked then
    connection.load_extension(str(spatial()))
    for lock in (LONGITUDE_FIRST, *LOCKS):
        connection.execute(lock)
    return connection


def connect_to_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that may read one raw file, and reach nothing else."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "500MB"})
    connection.execute("SET allowed_paths = $paths", {"paths": [str(path)]})
    for lock in LOCKS:
        connection.execute(lock)
    return connection


@cache
def sql(folder: str, name: str) -> str:
    """Return the text of one SQL file, such as ``sql("models", "incidents")``."""
    return (SQL / folder / f"{name}.sql").read_text()


def names(folder: str) -> list[str]:
    """Return the names of the SQL files of a folder, in order."""
    return sorted(path.stem for path in (SQL / folder).glob("*.sql"))


def run(
    connection: duckdb.DuckDBPyConnection, folder: str, name: str, params: Mapping[str, object] | None = None
) -> int:
    """Run one SQL file with bound values; return the number of rows it changed."""
    result = connection.execute(sql(folder, name), dict(params or {})).fetchone()
    return int(result[0]) if result else 0


def query(connection: duckdb.DuckDBPyConnection, name: str, **params: object) -> pd.DataFrame:
    """Run a file of ``sql/queries`` with the values it names, and return its rows."""
    text = sql("queries", name)
    return connection.execute(text, {k: v for k, v in params.items() if f"${k}" in text}).df()


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame, into: str = "") -> None:
    """Append a frame to a table by column name; shapely geometries go in as WKB that shapely wrote.

    Parameters
    ----------
    connection
        Open for writing.
    table
        Whose columns the frame has; a column the frame lacks is null.
    frame
        Rows.
    into
        Name of the table filled, where it is not the table's own.
    """
    if frame.empty:
        return
    present = [c for c in table.columns if c.name in frame.columns]
    rows = frame[[c.name for c in present]]
    shapes = [c.name for c in present if c.type == "GEOMETRY"]
    rows = rows.assign(**{name: shapely.to_wkb(rows[name].to_numpy()) for name in shapes})
    values = ", ".join(f'ST_GeomFromWKB("{c.name}")' if c.name in shapes else f'"{c.name}"' for c in present)
    columns = ", ".join(f'"{c.name}"' for c in present)
    connection.register("incoming", pa.Table.from_pandas(rows, preserve_index=False))  # a third of the frame's time
    connection.execute(f'INSERT INTO "{into or table.name}" ({columns}) SELECT {values} FROM incoming')  # noqa: S608 - names of our own tables
    connection.unregister("incoming")
