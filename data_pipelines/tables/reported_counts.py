"""Events and deaths as a provider counted them itself, in an area and month, in a class that may overlap others."""

from data_pipelines.tables._table import RESTRICTED, Column, Table, one_of

EVENT_TYPES = ("civilian_targeting", "demonstration", "political_violence")

TABLE = Table(
    "reported_counts",
    "one count that a provider made of its own events: an area, a month and a class; classes overlap, so do levels",
    ("count_id",),
    (
        Column("count_id", "VARCHAR", "source and a hash of what is counted", RESTRICTED),
        Column("source", "VARCHAR", "id of the source it was received from", RESTRICTED),
        Column("counted_by", "VARCHAR", "provider whose events were counted", RESTRICTED),
        Column("iso3", "VARCHAR", "country", RESTRICTED),
        Column("level", "INTEGER", "admin level it is counted for", RESTRICTED, check="level BETWEEN 0 AND 2"),
        Column(
            "area_id",
            "VARCHAR",
            "P-code (ISO alpha-3 at level 0); null where the provider's place was matched to none",
            RESTRICTED,
            null=True,
        ),
        Column("place", "VARCHAR", "the provider's name of the area; null at level 0", RESTRICTED, null=True),
        Column(
            "event_type",
            "VARCHAR",
            "class of events; one event may stand in several",
            RESTRICTED,
            check=one_of("event_type", EVENT_TYPES),
        ),
        Column("date_start", "DATE", "first day counted", RESTRICTED),
        Column("date_end", "DATE", "last day counted, included", RESTRICTED, check="date_end >= date_start"),
        Column("events", "INTEGER", "events; null where not counted", RESTRICTED, "incidents", True, "events >= 0"),
        Column(
            "fatalities",
            "INTEGER",
            "deaths reported; null where not counted",
            RESTRICTED,
            "persons",
            True,
            "fatalities >= 0",
        ),
        Column("snapshot", "VARCHAR", "the raw file it came from", RESTRICTED),
    ),
    staged=True,
)
