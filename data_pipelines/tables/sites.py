"""One protected place as one provider lists it."""

from data_pipelines.tables._table import (
    CONFIDENTIAL,
    LATITUDE,
    LONGITUDE,
    RESTRICTED,
    SITE_KINDS,
    Column,
    Table,
    one_of,
)

TABLE = Table(
    "sites",
    "one protected place as one provider lists it",
    ("site_id",),
    (
        Column("site_id", "VARCHAR", "source and native_id joined by a colon", CONFIDENTIAL),
        Column("source", "VARCHAR", "id of the source", RESTRICTED),
        Column("native_id", "VARCHAR", "the provider's own id", CONFIDENTIAL),
        Column("kind", "VARCHAR", "kind of protected site", RESTRICTED, check=one_of("kind", SITE_KINDS)),
        Column("name", "VARCHAR", "name as given", CONFIDENTIAL, null=True),
        Column(
            "longitude", "DOUBLE", "exact place; null where none is given", CONFIDENTIAL, "degrees", True, LONGITUDE
        ),
        Column("latitude", "DOUBLE", "exact place; null where none is given", CONFIDENTIAL, "degrees", True, LATITUDE),
        Column("snapshot", "VARCHAR", "the raw file it came from", RESTRICTED),
    ),
    staged=True,
)
