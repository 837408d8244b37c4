"""The value of one layer for one unit and month."""

from data_pipelines.tables._table import PUBLIC, STATUSES, Column, Table, one_of

TABLE = Table(
    "layer_values",
    "the value of one layer for one unit and month",
    ("layer", "unit", "unit_id", "period"),
    (
        Column("layer", "VARCHAR", "id of the layer", PUBLIC),
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("period", "DATE", "first day of the month", PUBLIC),
        Column("value", "DOUBLE", "null unless status is ok or stale", PUBLIC, null=True),
        Column("low", "DOUBLE", "lower end of the 90 % band", PUBLIC, null=True),
        Column("high", "DOUBLE", "upper end of the 90 % band", PUBLIC, null=True),
        Column("category", "VARCHAR", "id of its kind, where the layer sorts units into kinds", PUBLIC, null=True),
        Column("n", "INTEGER", "records that bear on it", PUBLIC, null=True),
        Column(
            "status",
            "VARCHAR",
            "ok, no_data, not_assessed, stale, suppressed",
            PUBLIC,
            check=one_of("status", STATUSES),
        ),
    ),
)
