-- one row per protected site
SELECT site_id, source, kind, longitude, latitude
FROM sites
ORDER BY site_id
