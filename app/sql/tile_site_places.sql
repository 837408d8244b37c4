-- one vector tile of protected sites in mapped areas where they are; for the confidential tier alone
SELECT ST_AsMVT(tile, 'places', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(place, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 512, true) AS shape,
        kind
    FROM (
        SELECT kind, ST_Transform(ST_Point(longitude, latitude), 'OGC:CRS84', 'EPSG:3857') AS place
        FROM sites
        JOIN site_units USING (site_id)
        WHERE unit = 'adm1' AND longitude IS NOT NULL AND latitude IS NOT NULL
        ORDER BY site_id
    )
    WHERE ST_X(place) BETWEEN $x0 - $margin AND $x1 + $margin AND ST_Y(place) BETWEEN $y0 - $margin AND $y1 + $margin
) tile
