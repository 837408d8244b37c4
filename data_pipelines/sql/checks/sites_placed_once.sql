-- protected sites that are not in exactly one unit of every kind, and not unplaced either
SELECT s.site_id, count(p.unit) AS units, count(DISTINCT u.reason) AS reasons
FROM sites s
LEFT JOIN site_units p ON p.site_id = s.site_id
LEFT JOIN unplaced u ON u.table_name = 'sites' AND u.record_id = s.site_id
GROUP BY s.site_id
HAVING count(p.unit) + 3 * count(DISTINCT u.reason) <> 3
