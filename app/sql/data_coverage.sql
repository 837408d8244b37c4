-- one row per source, country and run of months for which a source speaks about it
SELECT DISTINCT source, iso3, strftime(first, '%Y-%m') AS first, strftime(last, '%Y-%m') AS last
FROM coverage
WHERE first IS NOT NULL
ORDER BY source, iso3, first, last
