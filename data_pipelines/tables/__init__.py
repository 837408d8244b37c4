"""The tables, one file each, named for the table it declares.

DDL, the tier a column may enter, the data dictionary and the tests all follow from them.
A column nobody declared otherwise is confidential. Adding a table is adding a file here.
"""

import pkgutil
from importlib import import_module

from data_pipelines.tables._table import (
    INCIDENT_KINDS,
    SITE_KINDS,
    STATUSES,
    SUPPORTS,
    UNITS,
    Column,
    Table,
    Tier,
)
from geo.errors import UsageError

__all__ = [
    "INCIDENT_KINDS",
    "SITE_KINDS",
    "STATUSES",
    "SUPPORTS",
    "TABLES",
    "UNITS",
    "Column",
    "Table",
    "Tier",
    "table",
]

TABLES: dict[str, Table] = {
    module.name: import_module(f"{__name__}.{module.name}").TABLE
    for module in pkgutil.iter_modules(__path__)
    if not module.name.startswith("_")
}


def table(name: str) -> Table:
    """Return the named table, or say which there are."""
    if name not in TABLES:
        raise UsageError(f"There is no table '{name}'; there are {', '.join(sorted(TABLES))}.")
    return TABLES[name]
