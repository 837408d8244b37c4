-- one row per incident, unit and month
SELECT incident_id, unit_id, period, share
FROM incident_shares
WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)
ORDER BY incident_id, unit_id, period
