"""Persons of an area in a year by sex and age; the rows of one area repeat the same people."""

from data_pipelines.tables._table import PUBLIC, Column, Table, one_of

TABLE = Table(
    "population_groups",
    "persons of an area in a year by sex and age; the rows of one area repeat the same people",
    ("area_id", "year", "sex", "age_range"),
    (
        Column("area_id", "VARCHAR", "P-code (ISO alpha-3 at level 0)", PUBLIC),
        Column("level", "INTEGER", "admin level of area_id", PUBLIC, check="level BETWEEN 0 AND 2"),
        Column("year", "INTEGER", "reference year", PUBLIC),
        Column("sex", "VARCHAR", "f, m or all", PUBLIC, check=one_of("sex", ("f", "m", "all"))),
        Column("age_range", "VARCHAR", "such as 0-4 or 80+ or all", PUBLIC),
        Column("persons", "BIGINT", "resident persons", PUBLIC, "persons", check="persons >= 0"),
        Column("snapshot", "VARCHAR", "the raw file it came from", PUBLIC),
    ),
    staged=True,
)
