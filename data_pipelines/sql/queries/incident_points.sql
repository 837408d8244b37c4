-- one row per incident; its provider's rank is 0 where layers count it
SELECT i.incident_id, i.source, i.kind, coalesce(p.position, 0) AS provider_rank, i.support, i.longitude, i.latitude,
    i.date_start, i.date_end
FROM incidents i
LEFT JOIN primary_sources p ON p.table_name = 'incidents' AND p.source = i.source
ORDER BY i.incident_id
