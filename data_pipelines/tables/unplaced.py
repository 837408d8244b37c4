"""One record that lies in no unit, with the reason."""

from data_pipelines.tables._table import CONFIDENTIAL, PUBLIC, Column, Table

TABLE = Table(
    "unplaced",
    "one record that lies in no unit, with the reason",
    ("table_name", "record_id"),
    (
        Column("record_id", "VARCHAR", "key of the record in its table", CONFIDENTIAL),
        Column("table_name", "VARCHAR", "its table", PUBLIC),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("reason", "VARCHAR", "why it cannot be placed", PUBLIC),
    ),
)
