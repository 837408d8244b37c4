"""Protected sites of a kind in a unit; few are suppressed in the public file."""

from data_pipelines.tables._table import PUBLIC, STATUSES, Column, Table, one_of

TABLE = Table(
    "site_counts",
    "protected sites of a kind in a unit; few are suppressed in the public file",
    ("unit", "unit_id", "kind"),
    (
        Column("unit", "VARCHAR", "kind of unit", PUBLIC),
        Column("unit_id", "VARCHAR", "the unit", PUBLIC),
        Column("kind", "VARCHAR", "kind of protected site", PUBLIC),
        Column("n", "INTEGER", "sites; null where suppressed", PUBLIC, "sites", null=True),
        Column("status", "VARCHAR", "ok or suppressed", PUBLIC, check=one_of("status", STATUSES)),
    ),
)
