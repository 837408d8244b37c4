-- one source, family and country that is mapped, and months for which one of its files speaks
INSERT INTO coverage BY NAME
SELECT DISTINCT source, family, iso3, date_trunc('month', first)::DATE AS first, date_trunc('month', last)::DATE AS last
FROM staged_coverage
WHERE iso3 IN (SELECT DISTINCT iso3 FROM areas)
    -- attacks on services come from providers that do not claim to list all violence
    AND (family <> 'incidents' OR source IN (
        SELECT DISTINCT source FROM incidents WHERE kind IN ('state_based', 'non_state', 'one_sided')
    ))
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
