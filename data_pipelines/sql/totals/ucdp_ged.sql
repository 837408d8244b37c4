-- what UCDP's own totals are added up from, in the order of the file: whole numbers as its text has them
CREATE TEMP TABLE events AS
SELECT
    TRY_CAST(if(contains(day, '/'), split_part(split_part(day, ' ', 1), '/', 3), left(day, 4)) AS INTEGER) AS year,
    TRY_CAST(type_of_violence AS BIGINT) AS type,
    TRY_CAST(best AS BIGINT) AS best,
    TRY_CAST(low AS BIGINT) AS low,
    TRY_CAST(high AS BIGINT) AS high,
    TRY_CAST(deaths_a AS BIGINT) AS deaths_a,
    TRY_CAST(deaths_b AS BIGINT) AS deaths_b,
    TRY_CAST(deaths_civilians AS BIGINT) AS deaths_civilians,
    TRY_CAST(deaths_unknown AS BIGINT) AS deaths_unknown
FROM (
    SELECT trim(date_start) AS day, *
    FROM read_csv(
        $path, auto_detect = false, header = false, skip = $lines_above, delim = $delimiter, quote = '"', escape = '"',
        columns = $columns, ignore_errors = true
    )
)
