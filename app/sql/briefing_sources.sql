-- one row per source that speaks about a family of records in the countries mapped, or draws their areas (family null)
SELECT DISTINCT source, family
FROM coverage
WHERE list_contains($families, family) AND list_contains($countries, iso3)
UNION
SELECT DISTINCT r.source, NULL
FROM areas a
JOIN row_accounts r USING (snapshot)
WHERE list_contains($countries, a.iso3)
ORDER BY source, family
