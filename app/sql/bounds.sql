-- one row: the box of everything mapped, EPSG:3857 metres
SELECT min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1
FROM unit_shapes
