"""Persons of a unit near an incident in the months before, each counted once."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "exposure",
    "persons of a unit near an incident in the months before, each counted once",
    ("unit", "unit_id", "period"),
    (
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("period", "DATE", "first day of the month", PUBLIC),
        Column(
            "persons",
            "DOUBLE",
            "expected persons within population_exposure's radius",
            PUBLIC,
            "persons",
            check="persons >= 0",
        ),
        Column("persons_low", "DOUBLE", "the fewest in any draw of places, and never above persons", PUBLIC, "persons"),
        Column(
            "persons_high",
            "DOUBLE",
            "the most in any draw of places, and never below persons",
            PUBLIC,
            "persons",
        ),
    ),
)
