-- one row per table and reason
SELECT concat(table_name, ': ', reason) AS reason, count(*) AS n
FROM unplaced
GROUP BY ALL
ORDER BY ALL
