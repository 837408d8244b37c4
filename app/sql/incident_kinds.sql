-- one row per kind of incident on the map
SELECT DISTINCT kind
FROM incidents
WHERE source NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents' AND position > 0)
