-- values of a layer that sorts units into kinds without their kind, or kinds without a value
SELECT layer, unit, unit_id, period, value, category, status
FROM layer_values
WHERE layer IN (SELECT DISTINCT layer FROM layer_values WHERE category IS NOT NULL)
    AND (value IS NULL) <> (category IS NULL)
