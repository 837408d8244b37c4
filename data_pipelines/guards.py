"""Guards: a snapshot that differs from the vintages of its series before it, as no honest revision does, stops."""

GUARDS = {
    "rows": "rows lost or won since the vintages before",
    "country_rows": "rows of one country lost or won",
    "ids_removed": "records of the vintage before that are gone",
    "tail_removed": "the last records of the vintage before that are gone",
    "dates": "first or newest day moved",
    "nulls": "share of missing values of a column",
    "codes": "share of a code, such as one precision of place",
    "columns": "columns removed or retyped",
}
"""Id of each guard -> what it looks at."""
