"""The months for which a source speaks about a country."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "coverage",
    "the months for which a source speaks about a country",
    ("source", "iso3"),
    (
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("iso3", "VARCHAR", "country, as in areas", PUBLIC),
        Column("first", "DATE", "first day of the first month", PUBLIC),
        Column("last", "DATE", "first day of the last month", PUBLIC),
    ),
)
