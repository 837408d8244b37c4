-- one row: the newest month on or before a day in which any unit of a kind has a value of a layer; null where there is none
SELECT strftime(max(period), '%Y-%m') AS period
FROM layer_values
WHERE layer = $layer AND unit = $unit AND value IS NOT NULL AND period <= $day
