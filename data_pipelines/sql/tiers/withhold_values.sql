-- values that rest on few protected sites, taken out of the public file
UPDATE layer_values
SET value = NULL, low = NULL, high = NULL, n = NULL, status = 'suppressed'
FROM withheld w
WHERE layer_values.layer = w.layer AND layer_values.unit = w.unit AND layer_values.unit_id = w.unit_id
    AND layer_values.status IN ('ok', 'stale')
