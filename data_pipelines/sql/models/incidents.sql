-- one event as its provider codes it, in its newest version: of each that was not removed, the version in the newest snapshot
INSERT INTO incidents BY NAME
SELECT s.*
FROM staged_incidents s
JOIN snapshots USING (snapshot)
ANTI JOIN removals USING (incident_id)
QUALIFY row_number() OVER (PARTITION BY incident_id ORDER BY snapshots.rank DESC) = 1
ORDER BY incident_id
