-- one row per count that another provider made of its own events and unit, at the finest level it counted a country for; none
-- where its incidents are there one by one
SELECT r.count_id, r.source, date_trunc('month', r.date_start)::DATE AS period, u.unit_id, r.events
FROM reported_counts r
JOIN areas a USING (area_id)
JOIN units u ON u.unit = $unit AND u.unit_id = IF($unit = 'adm1' AND a.level = 2, a.parent_id, a.area_id)
WHERE r.event_type = 'political_violence' AND r.events > 0
    AND lower(r.counted_by) NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents')
    AND ($unit_id IS NULL OR u.unit_id = $unit_id)
QUALIFY r.level = max(r.level) OVER (PARTITION BY r.iso3)
ORDER BY r.count_id
