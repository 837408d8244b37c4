-- one row per incident, unit of the sites, kind of site and month
SELECT incident_id, unit_id, period, expected_sites AS share, chance, site_kind AS kind
FROM site_exposure
WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)
ORDER BY incident_id, unit_id, kind, period
