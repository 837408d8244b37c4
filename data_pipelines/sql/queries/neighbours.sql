-- one row per unit that touches the one asked for
SELECT neighbour_id
FROM neighbours
WHERE unit = $unit AND unit_id = $unit_id
ORDER BY neighbour_id
