-- one vector tile of the incidents of a month, in mapped areas, whose place is known: a point or a 25 km circle
SELECT ST_AsMVT(tile, 'places', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(
            CASE support WHEN 'exact' THEN place ELSE ST_Buffer(place, 25000 / cos(radians(latitude)), 16) END,
            ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 512, true
        ) AS shape,
        kind,
        support,
        coalesce(deaths_best, 0)::INTEGER AS deaths
    FROM (
        SELECT
            kind, support, deaths_best, latitude,
            ST_Transform(ST_Point(longitude, latitude), 'OGC:CRS84', 'EPSG:3857') AS place
        FROM incidents
        WHERE source NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents' AND position > 0)
            AND support IN ('exact', 'near') AND longitude IS NOT NULL AND latitude IS NOT NULL
            AND incident_id IN (SELECT incident_id FROM incident_shares WHERE unit = 'adm1' AND period = $period)
        ORDER BY incident_id
    )
    WHERE ST_X(place) BETWEEN $x0 - $margin - 60000 AND $x1 + $margin + 60000
        AND ST_Y(place) BETWEEN $y0 - $margin - 60000 AND $y1 + $margin + 60000
) tile
