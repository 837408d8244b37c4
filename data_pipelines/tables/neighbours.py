"""One ordered pair of units that touch, in an edge or a corner (queen)."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "neighbours",
    "one ordered pair of units that touch, in an edge or a corner (queen)",
    ("unit", "unit_id", "neighbour_id"),
    (
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("neighbour_id", "VARCHAR", "a unit that touches it", PUBLIC),
    ),
)
