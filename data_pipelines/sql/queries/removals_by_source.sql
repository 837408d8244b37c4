-- one row per source and file: how many incidents of older files it removes, and why
SELECT source, removed_by, why, count(*) AS incidents
FROM removals
GROUP BY ALL
ORDER BY ALL
