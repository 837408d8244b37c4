"""One protected site and one incident that may have fallen near it."""

from data_pipelines.tables._table import CONFIDENTIAL, Column, Table

TABLE = Table(
    "site_incidents",
    "one protected site and one incident that may have fallen near it",
    ("site_id", "incident_id"),
    (
        Column("site_id", "VARCHAR", "the site", CONFIDENTIAL),
        Column("incident_id", "VARCHAR", "the incident", CONFIDENTIAL),
        Column(
            "probability",
            "DOUBLE",
            "that it fell within site_threat's radius; multiple of 2^-26",
            CONFIDENTIAL,
            check="probability > 0 AND probability <= 1",
        ),
    ),
)
