-- one administrative area in the newest version of its country's boundaries: of each, the version in the newest snapshot
INSERT INTO areas BY NAME
SELECT s.*
FROM staged_areas s
JOIN snapshots USING (snapshot)
JOIN primary_sources p ON p.table_name = 'areas' AND p.iso3 = s.iso3 AND p.source = snapshots.source
WHERE p.position = 0
QUALIFY row_number() OVER (PARTITION BY area_id ORDER BY snapshots.rank DESC) = 1
ORDER BY area_id
