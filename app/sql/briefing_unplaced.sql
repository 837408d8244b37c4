-- one row per source and reason: its records that lie in no unit
SELECT source, reason, count(*)::INTEGER AS n
FROM unplaced
GROUP BY source, reason
ORDER BY source, n DESC, reason
