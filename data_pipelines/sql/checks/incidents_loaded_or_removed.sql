-- incidents that stand in a file and are neither loaded nor removed with a reason, or are both
WITH said AS (SELECT incident_id FROM incidents UNION ALL SELECT incident_id FROM removals)
SELECT incident_id, count(said.incident_id) AS times
FROM (SELECT DISTINCT incident_id FROM staged_incidents)
LEFT JOIN said USING (incident_id)
GROUP BY incident_id
HAVING times <> 1
