-- one unit and kind of protected site
INSERT INTO site_counts BY NAME
SELECT p.unit, p.unit_id, s.kind, count(*)::INTEGER AS n, 'ok' AS status
FROM site_units p
JOIN sites s USING (site_id)
GROUP BY p.unit, p.unit_id, s.kind
ORDER BY p.unit, p.unit_id, s.kind
