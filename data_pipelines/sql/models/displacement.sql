-- one reported figure: an operation, round, area, reason and origin: of each, the version in the newest snapshot; of persons
-- present, those of one provider per country
INSERT INTO displacement BY NAME
SELECT s.*
FROM staged_displacement s
JOIN snapshots USING (snapshot)
LEFT JOIN primary_sources p ON p.table_name = 'displacement' AND p.iso3 = s.iso3 AND p.source = s.source
WHERE s.measure = 'flow' OR p.position = 0
QUALIFY row_number() OVER (PARTITION BY displacement_id ORDER BY snapshots.rank DESC) = 1
ORDER BY displacement_id
