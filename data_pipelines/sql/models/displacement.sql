-- one reported figure: an operation, round, area, reason and origin: of each, the version in the newest snapshot
INSERT INTO displacement BY NAME
SELECT s.*
FROM staged_displacement s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY displacement_id ORDER BY snapshots.rank DESC) = 1
ORDER BY displacement_id
