"""Persons of an area in a year, of all ages and sexes."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "population",
    "persons of an area in a year, of all ages and sexes",
    ("area_id", "year"),
    (
        Column("area_id", "VARCHAR", "P-code (ISO alpha-3 at level 0)", PUBLIC),
        Column("level", "INTEGER", "admin level of area_id", PUBLIC, check="level BETWEEN 0 AND 2"),
        Column("year", "INTEGER", "reference year", PUBLIC),
        Column("persons", "BIGINT", "resident persons", PUBLIC, "persons", check="persons >= 0"),
        Column("snapshot", "VARCHAR", "the raw file it came from", PUBLIC),
    ),
    staged=True,
)
