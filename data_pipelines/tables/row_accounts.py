"""What became of the rows of one raw file: rows_in = loaded + quarantined + superseded."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "row_accounts",
    "what became of the rows of one raw file: rows_in = loaded + quarantined + superseded",
    ("snapshot",),
    (
        Column("snapshot", "VARCHAR", "the raw file", PUBLIC),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("rows_in", "BIGINT", "physical records", PUBLIC),
        Column("loaded", "BIGINT", "in the tables", PUBLIC),
        Column("quarantined", "BIGINT", "rejected, kept with reasons", PUBLIC),
        Column("superseded", "BIGINT", "the same record stands in a newer file, or twice in this one", PUBLIC),
    ),
)
