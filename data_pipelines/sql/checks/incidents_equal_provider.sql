-- totals of a file's incidents that differ from the provider's own, either way: events and deaths by year, kind and side
WITH keyed AS (
    SELECT concat_ws('|', year(date_start), kind) AS key, *
    FROM staged_incidents
),
ours AS (
    SELECT snapshot, measure, key, sum(total)::BIGINT AS total
    FROM (
        SELECT snapshot, 'incidents' AS measure, key, 1 AS total FROM keyed
        UNION ALL SELECT snapshot, 'deaths_best', key, deaths_best FROM keyed
        UNION ALL SELECT snapshot, 'deaths_low', key, deaths_low FROM keyed
        UNION ALL SELECT snapshot, 'deaths_high', key, deaths_high FROM keyed
        UNION ALL SELECT snapshot, 'deaths_civilians', key, deaths_civilians FROM keyed
        UNION ALL SELECT snapshot, 'deaths', concat(key, '|a'), deaths_a FROM keyed
        UNION ALL SELECT snapshot, 'deaths', concat(key, '|b'), deaths_b FROM keyed
        UNION ALL SELECT snapshot, 'deaths', concat(key, '|civilians'), deaths_civilians FROM keyed
        UNION ALL SELECT snapshot, 'deaths', concat(key, '|unknown'), deaths_unknown FROM keyed
    )
    GROUP BY snapshot, measure, key
),
theirs AS (
    SELECT snapshot, measure, key, total
    FROM provider_totals
    WHERE snapshot IN (SELECT snapshot FROM staged_incidents)
),
said AS (SELECT DISTINCT snapshot, measure FROM theirs)
SELECT snapshot, measure, key, theirs.total AS provider, ours.total AS ours
FROM theirs
FULL JOIN (FROM ours SEMI JOIN said USING (snapshot, measure)) ours USING (snapshot, measure, key)
WHERE coalesce(theirs.total, 0) <> coalesce(ours.total, 0)
