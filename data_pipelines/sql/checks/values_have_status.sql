-- values that their status does not allow, or that lie outside their own band
SELECT layer, unit, unit_id, period, value, low, high, status
FROM layer_values
WHERE (status IN ('ok', 'stale')) <> (value IS NOT NULL)
    OR (value IS NULL) <> (low IS NULL)
    OR (value IS NULL) <> (high IS NULL)
    OR NOT coalesce(isfinite(value) AND isfinite(low) AND isfinite(high), TRUE)
    OR value < low - 1e-9
    OR value > high + 1e-9
