-- displacement figures that are not placed exactly once
WITH kinds AS (SELECT unnest(['adm1', 'adm2', 'cell']) AS unit),
sums AS (SELECT displacement_id, unit, sum(share) AS total FROM displacement_shares GROUP BY displacement_id, unit)
SELECT d.displacement_id, k.unit, s.total, u.reason
FROM displacement d
CROSS JOIN kinds k
LEFT JOIN sums s ON s.displacement_id = d.displacement_id AND s.unit = k.unit
LEFT JOIN unplaced u ON u.table_name = 'displacement' AND u.record_id = d.displacement_id
WHERE coalesce(s.total, 0) + (u.reason IS NOT NULL)::INTEGER <> 1
