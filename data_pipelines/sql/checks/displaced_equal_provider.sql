-- displaced persons of a round that differ from the provider's own, either way
WITH ours AS (
    SELECT snapshot, concat_ws('|', operation, assessment, coalesce(round::VARCHAR, ''), date, level) AS key,
        sum(persons)::BIGINT AS total
    FROM staged_displacement
    GROUP BY ALL
),
theirs AS (
    SELECT snapshot, key, total
    FROM provider_totals
    WHERE snapshot IN (SELECT snapshot FROM staged_displacement)
)
SELECT snapshot, key, theirs.total AS provider, ours.total AS ours
FROM theirs
FULL JOIN ours USING (snapshot, key)
WHERE theirs.total IS DISTINCT FROM ours.total
