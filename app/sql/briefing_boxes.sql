-- one row per unit of a kind: the box that holds it, EPSG:3857 metres
SELECT idx, min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1
FROM unit_shapes
WHERE unit = $unit
GROUP BY idx
ORDER BY idx
