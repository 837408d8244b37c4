-- one row per incident
SELECT incident_id, source, kind, support, longitude, latitude, date_start, date_end
FROM incidents
ORDER BY incident_id
