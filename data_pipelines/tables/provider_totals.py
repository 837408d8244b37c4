"""One total of a raw file, added up from its own text before any cleaning; checks compare with it."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "provider_totals",
    "one total of a raw file, added up from its own text before any cleaning; checks compare with it",
    ("snapshot", "measure", "key"),
    (
        Column("snapshot", "VARCHAR", "the raw file", PUBLIC),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("measure", "VARCHAR", "what was added up, such as deaths_best", PUBLIC),
        Column("key", "VARCHAR", "for which group, such as 2023|one_sided", PUBLIC),
        Column("total", "BIGINT", "the total", PUBLIC),
    ),
    staged=True,
)
