-- counts of few protected sites, taken out of the public file
UPDATE site_counts
SET n = NULL, status = 'suppressed'
WHERE n < $k
