-- one row per mapped country
SELECT iso3, min(country) AS name
FROM areas
GROUP BY iso3
ORDER BY iso3
