-- one vector tile of the units of a kind; a shape carries its idx and nothing else
SELECT ST_AsMVT(tile, 'units', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(geometry, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 64, true) AS shape,
        idx::INTEGER AS id
    FROM unit_shapes
    WHERE unit = $unit AND $zoom BETWEEN z_min AND z_max
        AND x1 >= $x0 - $margin AND x0 <= $x1 + $margin AND y1 >= $y0 - $margin AND y0 <= $y1 + $margin
) tile
