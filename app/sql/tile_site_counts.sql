-- one vector tile of protected sites counted by grid cell; a cell with a suppressed count says so and gives no number
SELECT ST_AsMVT(tile, 'counts', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(place, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 512, true) AS shape,
        n,
        hidden
    FROM (
        SELECT
            ST_Transform(ST_Point(u.longitude, u.latitude), 'OGC:CRS84', 'EPSG:3857') AS place,
            coalesce(sum(c.n) FILTER (WHERE c.status = 'ok'), 0)::INTEGER AS n,
            bool_or(c.status = 'suppressed') AS hidden
        FROM site_counts c
        JOIN units u USING (unit, unit_id)
        WHERE c.unit = 'cell'
        GROUP BY u.longitude, u.latitude
        ORDER BY u.longitude, u.latitude
    )
    WHERE (n > 0 OR hidden)
        AND ST_X(place) BETWEEN $x0 - $margin AND $x1 + $margin AND ST_Y(place) BETWEEN $y0 - $margin AND $y1 + $margin
) tile
