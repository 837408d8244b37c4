"""One administrative area in the newest version of its country's boundaries."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "areas",
    "one administrative area in the newest version of its country's boundaries",
    ("area_id",),
    (
        Column("area_id", "VARCHAR", "P-code (ISO alpha-3 at level 0)", PUBLIC),
        Column("level", "INTEGER", "admin level 0, 1 or 2", PUBLIC, check="level BETWEEN 0 AND 2"),
        Column("name", "VARCHAR", "name as the provider gives it", PUBLIC),
        Column("parent_id", "VARCHAR", "P-code one level up", PUBLIC, null=True),
        Column("iso3", "VARCHAR", "ISO 3166 alpha-3", PUBLIC),
        Column("country", "VARCHAR", "its country's name as the provider gives it", PUBLIC),
        Column("version", "VARCHAR", "version of the boundaries", PUBLIC, null=True),
        Column("valid_on", "DATE", "day from which they hold", PUBLIC, null=True),
        Column("area_km2", "DOUBLE", "area on the ellipsoid", PUBLIC, "km2", check="area_km2 > 0"),
        Column("geometry", "GEOMETRY", "polygon, OGC:CRS84", PUBLIC),
        Column("snapshot", "VARCHAR", "the raw file it came from", PUBLIC),
    ),
    staged=True,
)
