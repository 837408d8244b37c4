-- one row per unit of a kind whose box meets the one in view, as drawn for a zoom or the finest there is
SELECT idx, ST_AsWKB(geometry) AS geometry
FROM unit_shapes
WHERE unit = $unit
    AND least($zoom, (SELECT max(z_max) FROM unit_shapes WHERE unit = $unit)) BETWEEN z_min AND z_max
    AND x1 >= $x0 AND x0 <= $x1 AND y1 >= $y0 AND y0 <= $y1
ORDER BY idx
