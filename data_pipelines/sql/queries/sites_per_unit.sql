-- one row per unit with protected sites: how many
SELECT unit, unit_id, sum(n)::INTEGER AS n
FROM site_counts
GROUP BY unit, unit_id
ORDER BY unit, unit_id
