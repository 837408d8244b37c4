-- one row per source and family: those that speak about a family in the countries mapped, and with no family those that
-- give no records of their own but stand under all of them, which are areas and population
SELECT DISTINCT source, family
FROM coverage
WHERE list_contains($families, family) AND list_contains($countries, iso3)
    AND source IN (SELECT source FROM row_accounts)
UNION ALL
SELECT DISTINCT source, NULL
FROM row_accounts
WHERE loaded > 0 AND source NOT IN (
    SELECT source FROM coverage
    UNION
    SELECT source FROM incidents
    UNION
    SELECT source FROM displacement
    UNION
    SELECT source FROM unplaced
)
ORDER BY source, family
