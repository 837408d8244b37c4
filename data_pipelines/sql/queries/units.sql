-- one row per unit of a kind, without its shape
SELECT idx, unit_id AS id, name, parent_id, iso3, area_km2, persons, longitude, latitude
FROM units
WHERE unit = $unit
ORDER BY idx
