-- one administrative area in the newest version of its country's boundaries: of each, the version in the newest snapshot;
-- a district whose provider names no parent belongs to the province that holds most of it
INSERT INTO areas BY NAME
WITH newest AS (
    SELECT s.*
    FROM staged_areas s
    JOIN snapshots USING (snapshot)
    JOIN primary_sources p ON p.table_name = 'areas' AND p.iso3 = s.iso3 AND p.source = snapshots.source
    WHERE p.position = 0
    QUALIFY row_number() OVER (PARTITION BY area_id ORDER BY snapshots.rank DESC) = 1
), held AS (
    SELECT d.area_id, first(p.area_id ORDER BY ST_Area(ST_Intersection(d.geometry, p.geometry)) DESC, p.area_id) AS holder
    FROM newest d
    JOIN newest p ON p.iso3 = d.iso3 AND p.level = 1 AND ST_Intersects(p.geometry, d.geometry)
    WHERE d.level = 2 AND d.parent_id IS NULL
    GROUP BY d.area_id
)
SELECT newest.* REPLACE (coalesce(newest.parent_id, held.holder) AS parent_id)
FROM newest
LEFT JOIN held USING (area_id)
ORDER BY area_id
