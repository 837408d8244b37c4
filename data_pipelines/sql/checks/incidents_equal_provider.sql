-- totals of a file's incidents that differ from the provider's own: events and deaths by year, kind and side
WITH ours AS (
    SELECT snapshot, concat_ws('|', year(date_start), kind) AS key, i.* EXCLUDE (snapshot)
    FROM staged_incidents i
),
sums AS (
    SELECT snapshot, measure, key, sum(total)::BIGINT AS total
    FROM (
        SELECT snapshot, 'events' AS measure, key, 1 AS total FROM ours
        UNION ALL SELECT snapshot, 'deaths_a', key, deaths_a FROM ours
        UNION ALL SELECT snapshot, 'deaths_b', key, deaths_b FROM ours
        UNION ALL SELECT snapshot, 'deaths_civilians', key, deaths_civilians FROM ours
        UNION ALL SELECT snapshot, 'deaths_unknown', key, deaths_unknown FROM ours
        UNION ALL SELECT snapshot, 'deaths_best', key, deaths_best FROM ours
    )
    GROUP BY snapshot, measure, key
)
SELECT t.snapshot, t.measure, t.key, t.total AS provider, s.total AS ours
FROM provider_totals t
JOIN (SELECT DISTINCT snapshot FROM staged_incidents) USING (snapshot)
LEFT JOIN sums s USING (snapshot, measure, key)
WHERE t.measure IN ('events', 'deaths_a', 'deaths_b', 'deaths_civilians', 'deaths_unknown', 'deaths_best')
    AND t.total <> coalesce(s.total, 0)
