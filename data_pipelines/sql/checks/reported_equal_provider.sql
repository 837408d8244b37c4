-- events and deaths counted by a provider, by class and level, that differ from its own, either way
WITH ours AS (
    SELECT snapshot, 'events' AS measure, concat_ws('|', event_type, level) AS key, sum(events)::BIGINT AS total
    FROM staged_reported_counts
    GROUP BY ALL
    UNION ALL
    SELECT snapshot, 'fatalities', concat_ws('|', event_type, level), sum(fatalities)::BIGINT
    FROM staged_reported_counts
    GROUP BY ALL
),
theirs AS (
    SELECT snapshot, measure, key, total
    FROM provider_totals
    WHERE snapshot IN (SELECT snapshot FROM staged_reported_counts)
)
SELECT snapshot, measure, key, theirs.total AS provider, ours.total AS ours
FROM theirs
FULL JOIN ours USING (snapshot, measure, key)
WHERE coalesce(theirs.total, 0) <> coalesce(ours.total, 0)
