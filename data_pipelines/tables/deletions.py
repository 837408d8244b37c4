"""One incident that its provider says it deleted."""

from data_pipelines.tables._table import RESTRICTED, Column, Table

TABLE = Table(
    "deletions",
    "one incident that its provider says it deleted: of a file known by then, it is not loaded",
    ("source", "native_id"),
    (
        Column("source", "VARCHAR", "id of the source", RESTRICTED),
        Column("native_id", "VARCHAR", "the provider's own id of the incident", RESTRICTED),
        Column("deleted_on", "DATE", "day on which it was deleted", RESTRICTED),
        Column("snapshot", "VARCHAR", "the raw file it came from", RESTRICTED),
    ),
    staged=True,
)
