"""One rejected raw row with the rule it broke."""

from data_pipelines.tables._table import CONFIDENTIAL, PUBLIC, RESTRICTED, Column, Table

TABLE = Table(
    "quarantine",
    "one rejected raw row with the rule it broke",
    (),
    (
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("snapshot", "VARCHAR", "the raw file", PUBLIC),
        Column("line", "BIGINT", "line or record number in the file, 1 for the first", PUBLIC),
        Column("rule", "VARCHAR", "id of the rule", PUBLIC),
        Column("reason", "VARCHAR", "what was wrong", RESTRICTED),
        Column("raw", "VARCHAR", "the row as it stood", CONFIDENTIAL),
    ),
)
