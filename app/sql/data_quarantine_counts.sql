-- one row per source and rule: raw rows that broke it
SELECT source, rule, count(*)::INTEGER AS n
FROM quarantine
GROUP BY source, rule
ORDER BY source, n DESC, rule
