-- one row per incident asked for that another provider also reports, with what the tier may show of it
SELECT *
FROM also_reported
WHERE list_contains($ids, incident_id)
ORDER BY incident_id
