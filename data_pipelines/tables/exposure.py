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
        Column("persons_low", "DOUBLE", "by incidents whose place is exact alone", PUBLIC, "persons"),
        Column(
            "persons_high",
            "DOUBLE",
            "if every incident within 25 km of its place reached all of that circle",
            PUBLIC,
            "persons",
        ),
    ),
)
