"""Two ways to read one file, each in a process of its own: `python -m tests.bench.csv_ways read_csv|contract FILE`."""

import json
import resource
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import duckdb

from data_pipelines import staging, warehouse
from data_pipelines._source import Raw
from data_pipelines.sandbox import parse_all


def read_csv(path: Path) -> dict[str, object]:
    """Read the file into a table as DuckDB does by itself."""
    with duckdb.connect() as connection:
        begun = time.perf_counter()
        connection.execute("CREATE TABLE events AS FROM read_csv($path)", {"path": str(path)})
        seconds = time.perf_counter() - begun
        ((rows, columns),) = connection.execute(
            "SELECT (SELECT count(*) FROM events), count(*) FROM duckdb_columns() WHERE table_name = 'events'"
        ).fetchall()
    return {"seconds": seconds, "rows": rows, "columns": columns}


def contract(path: Path) -> dict[str, object]:
    """Read it as a build does: in the sandbox, against the contract, with the account of every row, and stage it."""
    with warehouse.connect() as connection:
        staging.create(connection)
        receipt = SimpleNamespace(snapshot="ucdp_ged/bench", source="ucdp_ged")
        begun = time.perf_counter()
        for parsed in parse_all([("ucdp_ged", Raw(path, receipt.snapshot))], workers=1):
            staging._load(connection, receipt, parsed)
        seconds = time.perf_counter() - begun
        tables = ("staged_incidents", "quarantine", "staged_provider_totals")
        counts = {name: connection.table(name).count("*").fetchall()[0][0] for name in tables}
        accounts = connection.table("parse_accounts").fetchall()
    peaks = {who: 1024 * resource.getrusage(which).ru_maxrss for who, which in PROCESSES.items()}
    return {"seconds": seconds, **counts, "account": accounts[0][1:], **peaks}


PROCESSES = {"reader_bytes": resource.RUSAGE_CHILDREN, "parent_bytes": resource.RUSAGE_SELF}

if __name__ == "__main__":
    print(json.dumps({"read_csv": read_csv, "contract": contract}[sys.argv[1]](Path(sys.argv[2]))))
