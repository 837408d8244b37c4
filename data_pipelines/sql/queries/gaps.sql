-- one row per source, country and time between two of its files for which neither speaks, in days
SELECT source, iso3, strftime(gap_from, '%Y-%m-%d') AS first, strftime(gap_to, '%Y-%m-%d') AS last
FROM (
    SELECT source, iso3, first - 1 AS gap_to,
        max(last) OVER (PARTITION BY source, family, iso3 ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + 1 AS gap_from
    FROM staged_coverage
    WHERE iso3 IN (SELECT iso3 FROM areas)
)
WHERE gap_from <= gap_to
ORDER BY ALL
