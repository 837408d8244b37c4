-- incidents that are not placed exactly once: shares sum to exactly 1 for every kind of unit, or the incident is unplaced
WITH kinds AS (SELECT unnest(['adm1', 'adm2', 'cell']) AS unit),
sums AS (SELECT incident_id, unit, sum(share) AS total FROM incident_shares GROUP BY incident_id, unit)
SELECT i.incident_id, k.unit, s.total, u.reason
FROM incidents i
CROSS JOIN kinds k
LEFT JOIN sums s ON s.incident_id = i.incident_id AND s.unit = k.unit
LEFT JOIN unplaced u ON u.table_name = 'incidents' AND u.record_id = i.incident_id
WHERE coalesce(s.total, 0) + (u.reason IS NOT NULL)::INTEGER <> 1
