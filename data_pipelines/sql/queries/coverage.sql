-- one row per family of layers, country and run of months for which a source speaks; releases may leave gaps between
SELECT DISTINCT family, iso3, first, last
FROM coverage
ORDER BY ALL
