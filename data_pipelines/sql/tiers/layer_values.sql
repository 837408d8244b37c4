-- values as the public file has them: nothing where they rest on so few protected sites that they could point at one
SELECT v.layer, v.unit, v.unit_id, v.period,
    IF(hidden, NULL, v.value) AS value, IF(hidden, NULL, v.low) AS low, IF(hidden, NULL, v.high) AS high,
    IF(hidden, NULL, v.n) AS n, IF(hidden, 'suppressed', v.status) AS status
FROM (
    SELECT v.*, w.layer IS NOT NULL AND v.status IN ('ok', 'stale') AS hidden
    FROM layer_values v
    LEFT JOIN withheld w ON (w.layer, w.unit, w.unit_id) = (v.layer, v.unit, v.unit_id) AND w.kind IS NULL
) v
