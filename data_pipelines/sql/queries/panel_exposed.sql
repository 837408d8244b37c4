-- one row per unit and month
SELECT unit_id, period, persons, persons_low, persons_high
FROM exposure
WHERE unit = $unit AND ($unit_id IS NULL OR unit_id = $unit_id)
ORDER BY unit_id, period
