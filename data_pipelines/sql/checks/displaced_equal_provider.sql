-- displaced persons of a round that differ from the provider's own
WITH ours AS (
    SELECT snapshot, concat_ws('|', operation, assessment, round, date, level) AS key, sum(persons)::BIGINT AS total
    FROM staged_displacement
    GROUP BY ALL
)
SELECT t.snapshot, t.key, t.total AS provider, o.total AS ours
FROM provider_totals t
LEFT JOIN ours o USING (snapshot, key)
WHERE t.measure = 'persons_displaced' AND t.total <> coalesce(o.total, 0)
