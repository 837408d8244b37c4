-- one row per country, and one for all protected sites together (without a country): a hash of the boundaries, or of the list
SELECT iso3, bit_xor(hash(area_id, level, version, ST_AsWKB(geometry)))::VARCHAR AS content
FROM areas
GROUP BY iso3
UNION ALL
SELECT NULL, coalesce(bit_xor(hash(site_id, kind, longitude, latitude)), 0)::VARCHAR
FROM sites
