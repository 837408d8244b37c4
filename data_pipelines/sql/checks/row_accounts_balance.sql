-- files whose rows are not all accounted for: rows_in = loaded + quarantined + superseded
SELECT *
FROM row_accounts
WHERE rows_in <> loaded + quarantined + superseded OR least(loaded, quarantined, superseded) < 0
