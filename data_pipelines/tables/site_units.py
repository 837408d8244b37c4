"""The unit a protected site lies in."""

from data_pipelines.tables._table import CONFIDENTIAL, Column, Table

TABLE = Table(
    "site_units",
    "the unit a protected site lies in",
    ("site_id", "unit"),
    (
        Column("site_id", "VARCHAR", "the site", CONFIDENTIAL),
        Column("unit", "VARCHAR", "kind of unit", CONFIDENTIAL),
        Column("unit_id", "VARCHAR", "the unit", CONFIDENTIAL),
    ),
)
