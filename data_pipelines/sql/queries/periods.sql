-- the first and the last month of the panel: months that a source covers, but none before the year of the first incident
WITH covered AS (
    SELECT min(first) FILTER (WHERE family = 'incidents') AS incidents,
        min(first) FILTER (WHERE family = 'displacement') AS displacement,
        max(last) AS last
    FROM coverage
    WHERE family IN ('incidents', 'displacement')
),
began AS (
    SELECT date_trunc('year', min(date_start))::DATE AS first
    FROM incidents
    WHERE kind IN ('state_based', 'non_state', 'one_sided')
        AND source NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents' AND position > 0)
)
SELECT least(displacement, IF(incidents IS NULL, NULL, greatest(incidents, began.first))) AS first, last
FROM covered, began
