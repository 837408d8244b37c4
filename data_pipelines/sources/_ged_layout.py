"""What UCDP GED files have in common: columns, their other names, and codes."""

from data_pipelines._source import Field

_COLUMNS = """
    id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name
    dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b
    number_of_sources source_article source_office source_date source_headline source_original where_prec
    where_coordinates where_description adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id
    region event_clarity date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high
    low gwnoa gwnob
"""
HEADER = tuple(_COLUMNS.split())
"""The 49 columns in order, for candidate releases that come without them."""

KINDS = {1: "state_based", 2: "non_state", 3: "one_sided"}
SUPPORTS = {1: "exact", 2: "near", 3: "adm2", 4: "adm1", 5: "region", 6: "country", 7: "water"}
SIDES = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
TOTALS = ("best", "low", "high")

CODES = {
    "type_of_violence": (1, 3, "1 state-based, 2 non-state or 3 one-sided"),
    "where_prec": (1, 7, "1 to 7"),
    "event_clarity": (1, 2, "1 clear or 2 aggregated"),
    "date_prec": (1, 5, "1 to 5"),
}
"""First and last value of each code, and both in words."""

FIELDS = (
    Field("id", ("id",), "whole", "the provider's number for the event, which stays from version to version"),
    Field("type_of_violence", ("type_of_violence",), "whole", "1 state-based conflict, 2 non-state, 3 one-sided"),
    Field("side_a", ("side_a",), "text", "first side; of one-sided violence, who killed"),
    Field("side_b", ("side_b",), "text", "second side; of one-sided violence, the civilians"),
    Field(
        "where_prec",
        ("where_prec",),
        "whole",
        "how exactly the place is known: 1 exactly, 2 within 25 km, 3 its admin 2 area, 4 its admin 1 area, 5 a region "
        "or line, 6 the country, 7 at sea or in the air",
    ),
    Field("where_coordinates", ("where_coordinates",), "text", "name of the place of the coordinates", required=False),
    Field("latitude", ("latitude", "geometry_latitude"), "number", "north of the equator", "degrees"),
    Field("longitude", ("longitude", "geometry_longitude"), "number", "east of Greenwich", "degrees"),
    Field("geom_wkt", ("geom_wkt",), "text", "the same place as POINT (longitude latitude)", "degrees", required=False),
    Field("priogrid_gid", ("priogrid_gid",), "whole", "PRIO-GRID cell of the place", required=False),
    Field("country", ("country",), "text", "country of the event as UCDP names it"),
    Field("country_id", ("country_id",), "whole", "that country's Gleditsch-Ward number", required=False),
    Field("iso3", ("iso3",), "code", "that country's ISO alpha-3 code, which HDX adds", required=False),
    Field("region", ("region",), "text", "region of the world as UCDP names it", required=False),
    Field("event_clarity", ("event_clarity",), "whole", "1 one event, 2 several reported as one"),
    Field(
        "date_prec",
        ("date_prec",),
        "whole",
        "how exactly the day is known: 1 the day, 2 within 6 days, 3 the week, 4 the month, 5 longer",
    ),
    Field("date_start", ("date_start",), "day", "first day on which it may have happened"),
    Field("date_end", ("date_end",), "day", "last day on which it may have happened"),
    Field("deaths_a", ("deaths_a",), "whole", "deaths of side a", "persons"),
    Field("deaths_b", ("deaths_b",), "whole", "deaths of side b", "persons"),
    Field("deaths_civilians", ("deaths_civilians",), "whole", "deaths of civilians", "persons"),
    Field("deaths_unknown", ("deaths_unknown",), "whole", "deaths of people of unknown side", "persons"),
    Field("best", ("best", "best_est"), "whole", "best estimate of all deaths", "persons"),
    Field("low", ("low", "low_est"), "whole", "lowest reliable estimate of all deaths", "persons"),
    Field("high", ("high", "high_est"), "whole", "highest reliable estimate of all deaths", "persons"),
)
NAMES = {field.id: field.names for field in FIELDS}
KNOWN = tuple(name for name in HEADER if name not in NAMES)
