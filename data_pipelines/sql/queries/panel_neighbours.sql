-- one row per ordered pair of units of a kind that touch
SELECT unit_id, neighbour_id
FROM neighbours
WHERE unit = $unit AND $unit_id IS NULL
ORDER BY unit_id, neighbour_id
