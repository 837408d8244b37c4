-- one row per area
SELECT area_id, level, name, parent_id, iso3, ST_AsWKB(geometry) AS wkb
FROM areas
ORDER BY area_id
