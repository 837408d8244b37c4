"""A database file that is read by many threads: a cursor for each request, and a new handle after a fatal error."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import duckdb
import pandas as pd

from data_pipelines import warehouse


class Handle:
    """One file of an edition, opened when it is first asked and safe for many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                self._connection = warehouse.connect(self._path, read_only=True, threads=1)
            return self._connection.cursor()

    def _reopen(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def fetch(self, statement: str, params: Mapping[str, object]) -> pd.DataFrame:
        """Run one SQL statement with values bound by name; after a fatal error of DuckDB again, once."""
        try:
            return self._cursor().execute(statement, dict(params)).df()
        except duckdb.FatalException:
            self._reopen()
            return self._cursor().execute(statement, dict(params)).df()

    def blob(self, statement: str, params: Mapping[str, object]) -> bytes:
        """Run one SQL statement that returns one binary value, such as a vector tile; empty where it is null."""
        row = self._cursor().execute(statement, dict(params)).fetchone()
        return bytes(row[0]) if row and row[0] is not None else b""
