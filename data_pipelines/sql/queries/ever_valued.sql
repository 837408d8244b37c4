-- one row per unit of a kind that has a value of a layer in any month
SELECT DISTINCT unit_id
FROM layer_values
WHERE layer = $layer AND unit = $unit AND value IS NOT NULL
ORDER BY unit_id
