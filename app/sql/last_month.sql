-- one row: the last month in which any unit of a kind has a value of a layer; null where none ever has
SELECT strftime(max(period), '%Y-%m') AS period
FROM layer_values
WHERE layer = $layer AND unit = $unit AND value IS NOT NULL
