-- one screen of quarantined rows; the columns are those that the tier's own file holds
SELECT *
FROM quarantine
WHERE ($source = '' OR source = $source) AND ($rule = '' OR rule = $rule)
ORDER BY source, snapshot, line, rule
LIMIT $most OFFSET $skip
