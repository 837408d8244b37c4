-- one vector tile of the names of admin 1, and of admin 2 where the zoom has room for them; each name in one tile only
SELECT ST_AsMVT(tile, 'names', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(place, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 0, false) AS shape,
        name,
        CASE unit WHEN 'adm1' THEN 1 ELSE 2 END::INTEGER AS level
    FROM (
        SELECT unit, name, ST_Transform(ST_Point(longitude, latitude), 'OGC:CRS84', 'EPSG:3857') AS place
        FROM units
        WHERE unit = 'adm1' OR (unit = 'adm2' AND $zoom >= 7)
    )
    WHERE ST_X(place) >= $x0 AND ST_X(place) < $x1 AND ST_Y(place) > $y0 AND ST_Y(place) <= $y1
) tile
