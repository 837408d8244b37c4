-- one row per unit and month of a layer
SELECT v.layer, v.unit, v.unit_id AS id, u.name, strftime(v.period, '%Y-%m') AS period,
    v.value, v.low, v.high, v.category, v.n, v.status
FROM layer_values v
JOIN units u ON u.unit = v.unit AND u.unit_id = v.unit_id
WHERE v.layer = $layer AND v.unit = $unit
    AND ($unit_id IS NULL OR v.unit_id = $unit_id)
    AND ($period IS NULL OR v.period = $period)
ORDER BY v.unit_id, v.period
