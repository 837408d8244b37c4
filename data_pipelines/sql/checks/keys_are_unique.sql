-- keys that stand twice in a table without a constraint of its own
SELECT 'layer_values' AS table_name, concat_ws('|', layer, unit, unit_id) AS key, count(*) - count(DISTINCT period) AS extra
FROM layer_values
GROUP BY layer, unit, unit_id
HAVING extra > 0
UNION ALL
SELECT 'incident_shares', concat_ws('|', incident_id, unit), count(*) - count(DISTINCT (unit_id, period))
FROM incident_shares
GROUP BY incident_id, unit
HAVING count(*) > count(DISTINCT (unit_id, period))
UNION ALL
SELECT 'displacement_shares', concat_ws('|', displacement_id, unit), count(*) - count(DISTINCT unit_id)
FROM displacement_shares
GROUP BY displacement_id, unit
HAVING count(*) > count(DISTINCT unit_id)
UNION ALL
SELECT 'site_incidents', site_id, count(*) - count(DISTINCT incident_id)
FROM site_incidents
GROUP BY site_id
HAVING count(*) > count(DISTINCT incident_id)
UNION ALL
SELECT 'units', concat_ws('|', unit, unit_id), count(*) - 1
FROM units
GROUP BY unit, unit_id
HAVING count(*) > 1
