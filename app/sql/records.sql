-- one row per record asked for: what the drawer's table tells of an incident, a displacement figure or a provider's own count
SELECT incident_id AS record_id, kind, deaths_best AS persons, support
FROM incidents
WHERE incident_id IN (SELECT unnest($ids))
UNION ALL
SELECT displacement_id, measure || ', round ' || coalesce(round::VARCHAR, 'not given'), persons, 'adm' || level
FROM displacement
WHERE displacement_id IN (SELECT unnest($ids))
UNION ALL
SELECT count_id, event_type || ', counted by ' || counted_by, fatalities, 'adm' || level
FROM reported_counts
WHERE count_id IN (SELECT unnest($ids))
