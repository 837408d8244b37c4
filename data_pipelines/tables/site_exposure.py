"""How many protected sites of a kind in a unit one incident is expected to have fallen near, in one month."""

from data_pipelines.tables._table import RESTRICTED, Column, Table

TABLE = Table(
    "site_exposure",
    "how many protected sites of a kind in a unit one incident is expected to have fallen near, in one month",
    ("incident_id", "unit", "unit_id", "site_kind", "period"),
    (
        Column("incident_id", "VARCHAR", "the incident", RESTRICTED),
        Column("unit", "VARCHAR", "kind of unit", RESTRICTED),
        Column("unit_id", "VARCHAR", "the unit the sites lie in", RESTRICTED),
        Column("site_kind", "VARCHAR", "kind of protected site", RESTRICTED),
        Column("period", "DATE", "first day of the month", RESTRICTED),
        Column(
            "expected_sites",
            "DOUBLE",
            "sum of probabilities times the month's part",
            RESTRICTED,
            "sites",
            check="expected_sites > 0",
        ),
        Column(
            "chance",
            "DOUBLE",
            "with which a draw puts the incident near sites of the unit, of whatever kind; 1 where its place is exact",
            RESTRICTED,
            check="chance > 0 AND chance <= 1",
        ),
    ),
)
