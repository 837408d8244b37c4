-- one event as its provider codes it, in its newest version: of each, the version in the newest snapshot
INSERT INTO incidents BY NAME
SELECT s.*
FROM staged_incidents s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY incident_id ORDER BY snapshots.rank DESC) = 1
ORDER BY incident_id
