-- one row per table, country (null for all) and provider, in order of preference
SELECT table_name, iso3, source, position
FROM primary_sources
ORDER BY table_name, iso3, position
