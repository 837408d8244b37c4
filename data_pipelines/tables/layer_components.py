"""One part of one value, where the parts are more than its records."""

from data_pipelines.tables._table import PUBLIC, Column, Table

TABLE = Table(
    "layer_components",
    "one part of one value, where the parts are more than its records",
    ("layer", "unit", "unit_id", "period", "component"),
    (
        Column("layer", "VARCHAR", "id of the layer", PUBLIC),
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("period", "DATE", "first day of the month", PUBLIC),
        Column("component", "VARCHAR", "name of the part", PUBLIC),
        Column("value", "DOUBLE", "the part", PUBLIC),
    ),
)
