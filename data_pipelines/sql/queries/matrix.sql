-- one row per unit and month of a layer, in the order of the value matrix
SELECT value, low, high, category, status
FROM layer_values
WHERE layer = $layer AND unit = $unit
ORDER BY unit_id, period
