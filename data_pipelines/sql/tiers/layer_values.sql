-- values as the public file has them: nothing where they rest on so few protected sites that they could point at one; in
-- the order of the table, which two threads would leave differently every time
SELECT layer, unit, unit_id, period,
    IF(hidden, NULL, value) AS value, IF(hidden, NULL, low) AS low, IF(hidden, NULL, high) AS high,
    IF(hidden, NULL, category) AS category, IF(hidden, NULL, n) AS n, IF(hidden, 'suppressed', status) AS status
FROM (
    SELECT *, rowid AS place, status IN ('ok', 'stale') AND (layer, unit, unit_id) IN (
        SELECT (layer, unit, unit_id) FROM withheld WHERE kind IS NULL
    ) AS hidden
    FROM layer_values
)
ORDER BY place
