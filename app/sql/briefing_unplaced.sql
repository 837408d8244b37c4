-- one row per source: its records that lie in no unit
SELECT source, count(*)::INTEGER AS n
FROM unplaced
GROUP BY source
ORDER BY source
