-- persons of an area in a year, of all ages and sexes: of each, the version in the newest snapshot
INSERT INTO population BY NAME
SELECT s.*
FROM staged_population s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY area_id, year ORDER BY snapshots.rank DESC) = 1
ORDER BY area_id, year
