"""One unit drawn for a range of zooms, simplified with its neighbours so that borders stay shared."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "unit_shapes",
    "one unit drawn for a range of zooms, simplified with its neighbours so that borders stay shared",
    ("unit", "z_max", "idx"),
    (
        Column("unit", "VARCHAR", "kind of unit, or adm0", PUBLIC),
        Column("idx", "INTEGER", "as in units", PUBLIC),
        Column("z_min", "INTEGER", "first zoom it is for", PUBLIC),
        Column("z_max", "INTEGER", "last zoom it is for", PUBLIC),
        Column("x0", "DOUBLE", "west of its box", PUBLIC, "m, EPSG:3857"),
        Column("y0", "DOUBLE", "south", PUBLIC, "m, EPSG:3857"),
        Column("x1", "DOUBLE", "east", PUBLIC, "m, EPSG:3857"),
        Column("y1", "DOUBLE", "north", PUBLIC, "m, EPSG:3857"),
        Column("geometry", "GEOMETRY", "EPSG:3857", PUBLIC),
    ),
)
