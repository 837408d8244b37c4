-- one administrative area in the newest version of its country's boundaries: of each, the version in the newest snapshot
INSERT INTO areas BY NAME
SELECT s.*
FROM staged_areas s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY area_id ORDER BY snapshots.rank DESC) = 1
ORDER BY area_id
