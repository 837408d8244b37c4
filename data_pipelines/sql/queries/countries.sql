-- one row per mapped country
SELECT DISTINCT iso3
FROM units
WHERE unit = 'adm1'
ORDER BY iso3
