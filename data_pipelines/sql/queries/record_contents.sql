-- one row per record: the first day it may have happened, or was reported for, whether its provider is counted, and a hash of
-- all that the provider says of it
SELECT incident_id AS record_id, date_start AS date, coalesce(p.position, 0) = 0 AS is_counted, hash(told)::VARCHAR AS content
FROM (SELECT * EXCLUDE (snapshot) FROM incidents) told
LEFT JOIN primary_sources p ON p.table_name = 'incidents' AND p.source = told.source
UNION ALL
SELECT displacement_id, date, TRUE, hash(told)::VARCHAR
FROM (SELECT * EXCLUDE (snapshot) FROM displacement) told
