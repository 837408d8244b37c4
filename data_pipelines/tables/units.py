"""One unit that values are given for."""

from data_pipelines.tables._table import LATITUDE, LONGITUDE, PUBLIC, UNITS, Column, Table, one_of

TABLE = Table(
    "units",
    "one unit that values are given for",
    ("unit", "unit_id"),
    (
        Column("unit", "VARCHAR", "kind of unit", PUBLIC, check=one_of("unit", UNITS)),
        Column("unit_id", "VARCHAR", "P-code or PRIO-GRID gid", PUBLIC),
        Column("idx", "INTEGER", "place of the unit in value matrices, 0 and up in order of unit_id", PUBLIC),
        Column("name", "VARCHAR", "name, or the cell's gid", PUBLIC),
        Column("parent_id", "VARCHAR", "admin 1 of an admin 2; admin 2 with most of a cell's land", PUBLIC, null=True),
        Column("iso3", "VARCHAR", "country with most of its land", PUBLIC),
        Column("area_km2", "DOUBLE", "mapped land on the ellipsoid", PUBLIC, "km2", check="area_km2 > 0"),
        Column("persons", "DOUBLE", "resident persons; null where unknown", PUBLIC, "persons", null=True),
        Column("longitude", "DOUBLE", "a point inside it, for labels", PUBLIC, "degrees", check=LONGITUDE),
        Column("latitude", "DOUBLE", "a point inside it, for labels", PUBLIC, "degrees", check=LATITUDE),
        Column("geometry", "GEOMETRY", "its mapped land, OGC:CRS84", PUBLIC),
    ),
)
