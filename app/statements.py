"""The app's own SQL: one statement per file."""

from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"


@cache
def sql(name: str) -> str:
    """Return the text of one SQL file of the app, such as ``sql("newest")``."""
    return (SQL / f"{name}.sql").read_text()
