-- one row per source, family of layers and country it speaks about, with its last month; null for all time.
-- A raster of people feeds only countries that have no official figures: elsewhere it does no more than share them out.
WITH official AS (
    SELECT DISTINCT s.source, a.iso3
    FROM population p
    JOIN areas a USING (area_id)
    JOIN snapshots s ON s.snapshot = p.snapshot
),
rasters AS (
    SELECT DISTINCT s.source
    FROM parse_accounts p
    JOIN snapshots s USING (snapshot)
    WHERE p.pixels > 0
)
SELECT source, family, iso3, strftime(max(last), '%Y-%m') AS last
FROM coverage
WHERE family <> 'population'
GROUP BY source, family, iso3
UNION ALL
SELECT source, 'population', iso3, NULL
FROM official
UNION ALL
SELECT r.source, 'population', c.iso3, NULL
FROM rasters r, (SELECT DISTINCT iso3 FROM units WHERE persons IS NOT NULL) c
WHERE c.iso3 NOT IN (SELECT iso3 FROM official)
ORDER BY ALL
