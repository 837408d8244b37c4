"""The part of one incident that falls to one unit and month; parts of an incident sum to 1 per kind of unit."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "incident_shares",
    "the part of one incident that falls to one unit and month; parts of an incident sum to 1 per kind of unit",
    ("incident_id", "unit", "unit_id", "period"),
    (
        Column("incident_id", "VARCHAR", "the incident", PUBLIC),
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("period", "DATE", "first day of the month", PUBLIC),
        Column(
            "share",
            "DOUBLE",
            "multiple of 2^-26, so that sums are exact in any order",
            PUBLIC,
            check="share > 0 AND share <= 1",
        ),
    ),
)
