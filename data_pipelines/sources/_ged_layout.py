"""What UCDP GED files have in common: columns, their other names, and codes."""

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


def aliases(name: str) -> tuple[str, ...]:
    """Return a column's names: UCDP's own, the web explorer's, and where GeoJSON has a geometry instead."""
    if name in TOTALS:
        return name, f"{name}_est"
    return (name, f"geometry_{name}") if name in ("latitude", "longitude") else (name,)
