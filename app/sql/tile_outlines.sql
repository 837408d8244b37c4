-- one vector tile of the outlines of countries and of admin 1, to be drawn over the colours
SELECT ST_AsMVT(tile, 'outlines', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(geometry, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 64, true) AS shape,
        CASE unit WHEN 'adm0' THEN 0 ELSE 1 END::INTEGER AS level
    FROM unit_shapes
    WHERE unit IN ('adm0', 'adm1') AND $zoom BETWEEN z_min AND z_max
        AND x1 >= $x0 - $margin AND x0 <= $x1 + $margin AND y1 >= $y0 - $margin AND y0 <= $y1 + $margin
) tile
