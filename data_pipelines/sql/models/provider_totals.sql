-- one total of one raw file
INSERT INTO provider_totals BY NAME
SELECT *
FROM staged_provider_totals
ORDER BY snapshot, measure, key
