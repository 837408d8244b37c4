"""A file of invented events as large as a whole release of UCDP GED: its 49 columns, its widths, its long texts."""

from pathlib import Path

import duckdb

ROWS = 390_000
REJECTS = 8
"""Events that end before they start."""

# How many values a column has, how long they are and how many hold quotation marks or line ends is as in GED's Sudan:
# 620 bytes a row, ten quotation marks, and a line end inside every second row.
_SQL = """
COPY (
WITH raw AS (
    SELECT
        i,
        hash(i) % 1_000 AS dyad,
        hash(i, 'place') % 120_000 AS spot,
        hash(i, 'text') % 1_000_000_007 AS salt,
        DATE '1989-01-01' + (hash(i, 'day') % 12_700)::INTEGER AS day,
        hash(i, 'deaths') % 40 AS dead,
        hash(i, 'kind') % 3 + 1 AS kind
    FROM range($rows) t(i)
), placed AS (
    SELECT
        *,
        round((hash(spot, 'y') % 6_999_999)::DOUBLE / 100_000 - 35.000005, 6) AS latitude,
        round((hash(spot, 'x') % 33_999_999)::DOUBLE / 100_000 - 170.000005, 6) AS longitude,
        repeat('said that armed men came at dawn, and left again ', (salt % 4 + 1)::INTEGER) || salt AS words
    FROM raw
)
SELECT
    i + 1 AS id, 'XTW-' || year(day) || '-' || kind || '-' || salt AS relid, year(day) AS year, 1 AS active_year,
    'Clear' AS code_status, kind AS type_of_violence, dyad AS conflict_dset_id, dyad AS conflict_new_id,
    'Invented conflict ' || dyad AS conflict_name, dyad AS dyad_dset_id, dyad AS dyad_new_id,
    'Invented dyad, so called, ' || dyad AS dyad_name, dyad AS side_a_dset_id, dyad AS side_a_new_id,
    'Government of ' || dyad AS side_a, dyad AS side_b_dset_id, dyad AS side_b_new_id, 'Group ' || dyad AS side_b,
    salt % 9 AS number_of_sources, 'Gazette ' || dyad || ', ' || day || ', "' || words || '"' AS source_article,
    if(salt % 2 = 0, 'Gazette ' || dyad, NULL) AS source_office, if(salt % 2 = 0, day::VARCHAR, NULL) AS source_date,
    if(salt % 2 = 0, 'They ' || words || if(salt % 5 = 0, chr(10), ''), NULL) AS source_headline,
    if(salt % 2 = 0, 'a witness, ' || dyad, NULL) AS source_original, 1 AS where_prec,
    'village ' || spot AS where_coordinates,
    'near the village ' || spot || if(salt % 3 = 0, chr(10) || 'caf' || chr(233) || ' on the road', '')
        AS where_description,
    'province ' || spot % 200 AS adm_1, if(salt % 3 = 0, NULL, 'district ' || spot % 3_000) AS adm_2,
    latitude, longitude, 'POINT (' || longitude || ' ' || latitude || ')' AS geom_wkt,
    (floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1)::INTEGER AS priogrid_gid,
    'Country ' || spot % 120 AS country, spot % 120 + 900 AS country_id, 'Region ' || spot % 5 AS region,
    1 AS event_clarity, 1 AS date_prec, day || ' 00:00:00.000' AS date_start,
    day + if(i % 50_000 = 9, -1, salt % 4)::INTEGER || ' 00:00:00.000' AS date_end,
    0 AS deaths_a, dead AS deaths_b, 1 AS deaths_civilians, 0 AS deaths_unknown,
    dead + 1 AS best, dead + 9 AS high, dead // 2 AS low, dyad AS gwnoa, NULL AS gwnob
FROM placed ORDER BY i
) TO '{path}' (HEADER)
"""


def write_ged(path: Path, rows: int = ROWS) -> Path:
    """Write the events as a CSV file, alike each time."""
    with duckdb.connect() as connection:
        connection.execute(_SQL.replace("{path}", str(path)), {"rows": rows})
    return path
