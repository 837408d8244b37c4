-- UCDP's own totals by year and type of violence: whole numbers added up from the text itself, by DuckDB's own reader
WITH records AS (
    SELECT row_number() OVER () - 1 AS position, trim(date_start) AS day, type_of_violence, best, low, high,
        deaths_a, deaths_b, deaths_civilians, deaths_unknown
    FROM read_csv(
        $path, auto_detect = false, header = false, skip = $lines_above, delim = $delimiter, quote = '"', escape = '"',
        columns = $columns, ignore_errors = true
    )
), events AS (
    SELECT
        if(contains(day, '/'), split_part(split_part(day, ' ', 1), '/', 3), left(day, 4)) AS year,
        split_part(type_of_violence, '.', 1)::INTEGER AS type,
        split_part(best, '.', 1)::BIGINT AS best, split_part(low, '.', 1)::BIGINT AS low,
        split_part(high, '.', 1)::BIGINT AS high, split_part(deaths_a, '.', 1)::BIGINT AS a,
        split_part(deaths_b, '.', 1)::BIGINT AS b, split_part(deaths_civilians, '.', 1)::BIGINT AS civilians,
        split_part(deaths_unknown, '.', 1)::BIGINT AS unknown
    FROM records
    WHERE position NOT IN (SELECT unnest($left_out::BIGINT[]))
)
SELECT year, type, count(*), sum(best), sum(least(low, best, high)), sum(greatest(low, best, high)), sum(a), sum(b),
    sum(civilians), sum(unknown)
FROM events
GROUP BY year, type
