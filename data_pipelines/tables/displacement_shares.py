"""The part of one displacement figure that falls to one unit; parts sum to 1 per kind of unit."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "displacement_shares",
    "the part of one displacement figure that falls to one unit; parts sum to 1 per kind of unit",
    ("displacement_id", "unit", "unit_id"),
    (
        Column("displacement_id", "VARCHAR", "the figure", PUBLIC),
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("share", "DOUBLE", "multiple of 2^-26", PUBLIC, check="share > 0 AND share <= 1"),
    ),
)
