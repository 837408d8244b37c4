-- one row per unit of a kind: its mapped land
SELECT idx, ST_AsWKB(geometry) AS geometry
FROM units
WHERE unit = $unit
ORDER BY idx
