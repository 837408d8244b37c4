"""The providers of one table in one country, in order of preference; where they repeat each other, one is counted."""

from data_pipelines.tables._table import PUBLIC, Column, Table, one_of

TABLES_OF_SEVERAL = ("incidents", "areas", "population", "displacement")

TABLE = Table(
    "primary_sources",
    "one provider of a table in a country, where providers may report the same: the first is counted",
    ("table_name", "iso3", "source"),
    (
        Column("table_name", "VARCHAR", "table they all fill", PUBLIC, check=one_of("table_name", TABLES_OF_SEVERAL)),
        Column("iso3", "VARCHAR", "country; null where one provider is chosen for all countries", PUBLIC, null=True),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("position", "INTEGER", "0 for the one that is counted", PUBLIC, check="position >= 0"),
    ),
)
