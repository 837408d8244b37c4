-- persons of an area in a year by sex and age; the rows of one area repeat the same people: of each, the version in the newest snapshot
INSERT INTO population_groups BY NAME
SELECT s.*
FROM staged_population_groups s
JOIN snapshots USING (snapshot)
JOIN area_countries USING (area_id)
JOIN primary_sources p ON p.table_name = 'population' AND p.iso3 = area_countries.iso3 AND p.source = snapshots.source
WHERE p.position = 0
QUALIFY row_number() OVER (PARTITION BY area_id, year, sex, age_range ORDER BY snapshots.rank DESC) = 1
ORDER BY area_id, year, sex, age_range
