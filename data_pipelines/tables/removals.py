"""One incident of an older file that is not loaded, since its provider withdrew or deleted it."""

from data_pipelines.tables._table import PUBLIC, RESTRICTED, Column, Table, one_of

TABLE = Table(
    "removals",
    "one incident of an older file that is not loaded, since its provider withdrew or deleted it",
    ("incident_id",),
    (
        Column("incident_id", "VARCHAR", "as in incidents", RESTRICTED),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("snapshot", "VARCHAR", "the raw file that last held it", PUBLIC),
        Column("removed_by", "VARCHAR", "the first raw file that removes it", PUBLIC),
        Column(
            "why",
            "VARCHAR",
            "withdrawn: that file speaks for its country and its last day, and does not hold it; deleted: it names it",
            PUBLIC,
            check=one_of("why", ("withdrawn", "deleted")),
        ),
    ),
)
