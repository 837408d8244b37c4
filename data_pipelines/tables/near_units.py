"""One ordered pair of admin 1 or 2 units no further apart than 200 km."""

from data_pipelines.tables._table import PUBLIC, Column, Table

NEAR_M = 200_000.0
"""The farthest that a layer may look around a unit."""

TABLE = Table(
    "near_units",
    "one ordered pair of admin 1 or 2 units no further apart than 200 km; those of cells follow from their numbers",
    ("unit", "unit_id", "near_id"),
    (
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("near_id", "VARCHAR", "a unit near it, of its own country or of another", PUBLIC),
        Column(
            "dist_m",
            "DOUBLE",
            "distance between their nearest points on the ellipsoid, right to 222 m; 0 where they touch",
            PUBLIC,
            "m",
            check="dist_m BETWEEN 0 AND 200000",
        ),
    ),
)
