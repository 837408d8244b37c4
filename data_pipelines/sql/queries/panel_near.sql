-- one row per ordered pair of units of a kind that are near each other; none for cells
SELECT unit_id, near_id, dist_m
FROM near_units
WHERE unit = $unit AND $unit_id IS NULL
ORDER BY unit_id, near_id
