-- one row per rejected raw row
SELECT source, snapshot, line, rule, reason, raw
FROM quarantine
WHERE $source IS NULL OR source = $source
ORDER BY source, snapshot, line
