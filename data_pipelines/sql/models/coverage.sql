-- one source, family and country that is mapped, and months for which one of its files speaks
INSERT INTO coverage BY NAME
SELECT DISTINCT s.source,
    -- attacks on services come from providers that do not claim to list all violence, and have no position
    IF(s.family = 'incidents' AND p.position > 0, 'other_incidents', s.family) AS family,
    s.iso3, date_trunc('month', first)::DATE AS first, date_trunc('month', last)::DATE AS last
FROM staged_coverage s
JOIN primary_sources p ON p.table_name = s.family AND p.source = s.source AND coalesce(p.iso3, s.iso3) = s.iso3
WHERE s.iso3 IN (SELECT DISTINCT iso3 FROM areas)
    AND (p.position = 0 OR (s.family = 'incidents' AND p.position = 1))
UNION ALL
-- a provider's own counts stand beside incidents where its incidents are not there one by one
SELECT source, 'other_counts', iso3, date_trunc('month', min(date_start))::DATE, date_trunc('month', max(date_end))::DATE
FROM reported_counts
WHERE event_type = 'political_violence' AND iso3 IN (SELECT DISTINCT iso3 FROM areas)
    AND lower(counted_by) NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents')
GROUP BY source, iso3
UNION ALL
SELECT DISTINCT s.source, 'sites', u.iso3, NULL, NULL
FROM sites s
JOIN site_units p ON p.site_id = s.site_id AND p.unit = 'adm1'
JOIN units u ON u.unit = 'adm1' AND u.unit_id = p.unit_id
UNION ALL
SELECT DISTINCT 'population', 'population', iso3, NULL, NULL
FROM units
WHERE persons IS NOT NULL
ORDER BY ALL
