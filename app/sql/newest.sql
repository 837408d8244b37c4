-- one row per layer: the newest month for which any unit has a value
SELECT layer, strftime(max(period), '%Y-%m') AS period
FROM layer_values
WHERE value IS NOT NULL
GROUP BY layer
