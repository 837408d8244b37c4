-- one row per family of layers and country: the months for which a source speaks
SELECT family, iso3, min(first) AS first, max(last) AS last
FROM coverage
GROUP BY family, iso3
ORDER BY family, iso3
