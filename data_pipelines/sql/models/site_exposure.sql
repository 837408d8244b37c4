-- one incident, unit of the sites, kind of site and month: sites the incident is expected to have fallen near
INSERT INTO site_exposure BY NAME
SELECT n.incident_id, n.unit, n.unit_id, n.site_kind, m.period, n.expected_sites * m.share AS expected_sites,
    coalesce(c.chance, 1) AS chance
FROM (
    SELECT n.incident_id, p.unit, p.unit_id, s.kind AS site_kind, sum(n.probability) AS expected_sites
    FROM site_incidents n
    JOIN sites s USING (site_id)
    JOIN site_units p USING (site_id)
    GROUP BY n.incident_id, p.unit, p.unit_id, s.kind
) n
JOIN incident_months m USING (incident_id)
LEFT JOIN site_chances c USING (incident_id, unit, unit_id)
ORDER BY n.incident_id, n.unit, n.unit_id, n.site_kind, m.period
