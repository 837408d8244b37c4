-- one vector tile of the incidents of a month, counted by grid cell and kind; no place finer than the cell
SELECT ST_AsMVT(tile, 'counts', 4096, 'shape') FILTER (WHERE shape IS NOT NULL)
FROM (
    SELECT
        ST_AsMVTGeom(place, ST_Extent(ST_MakeEnvelope($x0, $y0, $x1, $y1)), 4096, 512, true) AS shape,
        n, state_based, non_state, one_sided, attack_on_health, attack_on_education, attack_on_aid,
        attack_on_camp, demonstration, strategic
    FROM (
        SELECT
            ST_Transform(ST_Point(u.longitude, u.latitude), 'OGC:CRS84', 'EPSG:3857') AS place,
            sum(s.share) AS n,
            sum(s.share) FILTER (WHERE i.kind = 'state_based') AS state_based,
            sum(s.share) FILTER (WHERE i.kind = 'non_state') AS non_state,
            sum(s.share) FILTER (WHERE i.kind = 'one_sided') AS one_sided,
            sum(s.share) FILTER (WHERE i.kind = 'attack_on_health') AS attack_on_health,
            sum(s.share) FILTER (WHERE i.kind = 'attack_on_education') AS attack_on_education,
            sum(s.share) FILTER (WHERE i.kind = 'attack_on_aid') AS attack_on_aid,
            sum(s.share) FILTER (WHERE i.kind = 'attack_on_camp') AS attack_on_camp,
            sum(s.share) FILTER (WHERE i.kind = 'demonstration') AS demonstration,
            sum(s.share) FILTER (WHERE i.kind = 'strategic') AS strategic
        FROM incident_shares s
        JOIN units u USING (unit, unit_id)
        JOIN incidents i USING (incident_id)
        WHERE s.unit = 'cell' AND s.period = $period
            AND i.source NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents' AND position > 0)
        GROUP BY u.longitude, u.latitude
        ORDER BY u.longitude, u.latitude
    )
    WHERE ST_X(place) BETWEEN $x0 - $margin AND $x1 + $margin AND ST_Y(place) BETWEEN $y0 - $margin AND $y1 + $margin
) tile
