-- one reported figure: an operation, round, area, reason and origin: of each, the version in the newest snapshot; of persons
-- present, those of one provider per country, and of an area and round only what the newest file that holds them says: where a
-- provider corrects the day of a round, its rows without an id of their own are other rows, of the same persons
INSERT INTO displacement BY NAME
SELECT s.*
FROM staged_displacement s
JOIN snapshots USING (snapshot)
LEFT JOIN primary_sources p ON p.table_name = 'displacement' AND p.iso3 = s.iso3 AND p.source = s.source
WHERE s.measure = 'flow' OR p.position = 0
QUALIFY row_number() OVER (PARTITION BY displacement_id ORDER BY snapshots.rank DESC) = 1
    AND (s.round IS NULL OR snapshots.rank = max(snapshots.rank) OVER (
        PARTITION BY s.source, s.measure, s.iso3, s.operation, s.assessment, s.level, s.area_id, s.round
    ))
ORDER BY displacement_id
