-- one row per unit: its protected sites; null where their number is suppressed
SELECT unit_id, sum(n)::INTEGER AS n
FROM site_counts
WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)
GROUP BY unit_id
ORDER BY unit_id
