-- population of a level, sex and age that differs from the provider's own
WITH ours AS (
    SELECT snapshot, concat_ws('|', level, 'all', 'all') AS key, sum(persons)::BIGINT AS total
    FROM staged_population
    GROUP BY ALL
    UNION ALL
    SELECT snapshot, concat_ws('|', level, sex, age_range), sum(persons)::BIGINT
    FROM staged_population_groups
    GROUP BY ALL
)
SELECT t.snapshot, t.key, t.total AS provider, o.total AS ours
FROM provider_totals t
LEFT JOIN ours o USING (snapshot, key)
WHERE t.measure = 'persons_resident' AND t.total <> coalesce(o.total, 0)
