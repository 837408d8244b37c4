"""One reported figure: an operation, round, area, reason and origin."""

from data_pipelines.tables._table import PUBLIC, Column, Table, one_of

TABLE = Table(
    "displacement",
    "one reported figure: an operation, round, area, reason and origin",
    ("displacement_id",),
    (
        Column("displacement_id", "VARCHAR", "source and a hash of the row's own key", PUBLIC),
        Column("source", "VARCHAR", "id of the source", PUBLIC),
        Column("native_id", "VARCHAR", "the provider's own id, where it gives one", PUBLIC, null=True),
        Column("iso3", "VARCHAR", "country where the persons are", PUBLIC),
        Column("operation", "VARCHAR", "the assessment's name; never differenced across", PUBLIC),
        Column(
            "assessment",
            "VARCHAR",
            "BA baseline, SA site, ETT event tracking; GIDD validated, IDU provisional (IDMC); type of persons (UNHCR)",
            PUBLIC,
        ),
        Column("measure", "VARCHAR", "stock or flow", PUBLIC, check=one_of("measure", ("stock", "flow"))),
        Column("level", "INTEGER", "admin level of area_id", PUBLIC, check="level BETWEEN 0 AND 2"),
        Column("area_id", "VARCHAR", "P-code (ISO alpha-3 at level 0)", PUBLIC),
        Column("date", "DATE", "day reported for; of a flow the last day", PUBLIC),
        Column("round", "INTEGER", "round of the operation", PUBLIC, null=True),
        Column("reason", "VARCHAR", "reason of displacement as coded", PUBLIC, null=True),
        Column("persons", "BIGINT", "displaced persons", PUBLIC, "persons", check="persons >= 0"),
        Column("snapshot", "VARCHAR", "the raw file it came from", PUBLIC),
    ),
    staged=True,
)
