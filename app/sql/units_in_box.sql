-- one row per unit of a kind that reaches into a box of degrees
SELECT idx
FROM units
WHERE unit = $unit AND ST_Intersects(geometry, ST_MakeEnvelope($west, $south, $east, $north))
ORDER BY idx
