-- one row per country mapped, and the area asked for
SELECT area_id, level, name, iso3
FROM areas
WHERE level = 0 OR area_id = $area
ORDER BY level, area_id
