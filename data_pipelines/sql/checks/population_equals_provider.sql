-- population of a level, sex and age that differs from the provider's own, either way
WITH ours AS (
    SELECT snapshot, concat_ws('|', level, 'all', 'all') AS key, sum(persons)::BIGINT AS total
    FROM staged_population
    GROUP BY ALL
    UNION ALL
    SELECT snapshot, concat_ws('|', level, sex, age_range), sum(persons)::BIGINT
    FROM staged_population_groups
    GROUP BY ALL
),
theirs AS (
    SELECT snapshot, key, total
    FROM provider_totals
    WHERE snapshot IN (SELECT snapshot FROM staged_population)
)
SELECT snapshot, key, theirs.total AS provider, ours.total AS ours
FROM theirs
FULL JOIN ours USING (snapshot, key)
WHERE theirs.total IS DISTINCT FROM ours.total
