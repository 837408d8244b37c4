"""Months for which a source speaks about a country; there may be gaps between them."""

from data_pipelines.tables._table import PUBLIC, Column, Table, one_of

FAMILIES = ("incidents", "other_incidents", "other_counts", "displacement", "sites", "population")

TABLE = Table(
    "coverage",
    "months for which one file of a source speaks about a country, by family of layers",
    (),
    (
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("family", "VARCHAR", "what it speaks about", PUBLIC, check=one_of("family", FAMILIES)),
        Column("iso3", "VARCHAR", "country, as in areas", PUBLIC),
        Column("first", "DATE", "first day of the first month; null for all time", PUBLIC, null=True),
        Column("last", "DATE", "first day of the last month; null for all time", PUBLIC, null=True),
    ),
    staged=True,
)
