-- one row per incident that has a share in the units asked for
SELECT i.incident_id, i.source, i.kind, coalesce(p.position, 0) AS provider_rank, i.date_start,
    i.deaths_civilians, i.deaths_civilians_low, i.deaths_civilians_high
FROM incidents i
LEFT JOIN primary_sources p ON p.table_name = 'incidents' AND p.source = i.source
SEMI JOIN (SELECT incident_id FROM incident_shares WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)) s
    ON s.incident_id = i.incident_id
ORDER BY i.incident_id
