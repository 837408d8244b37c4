-- one row per unit of a kind, all of them or the one asked for
SELECT unit_id, name, area_km2, persons, iso3
FROM units
WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)
ORDER BY unit_id
