"""One incident that is counted and the record of another provider that is taken for the same."""

from data_pipelines.tables._table import PUBLIC, RESTRICTED, Column, Table

TABLE = Table(
    "also_reported",
    "one incident that is counted, and the record of another provider that is taken for the same; never added up",
    ("incident_id",),
    (
        Column("incident_id", "VARCHAR", "the incident that is counted", PUBLIC),
        Column("other_source", "VARCHAR", "id of the other provider's source", PUBLIC),
        Column("other_id", "VARCHAR", "the other provider's incident", RESTRICTED),
        Column("days_apart", "INTEGER", "days between them; 0 where they overlap", RESTRICTED, "days"),
        Column("dist_km", "DOUBLE", "distance; null where one is known to a district only", RESTRICTED, "km", True),
        Column("rule", "VARCHAR", "what of the matching rule they meet", RESTRICTED),
    ),
)
