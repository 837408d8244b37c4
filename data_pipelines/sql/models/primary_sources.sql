-- one provider of a table in a country, in order of preference; providers that nobody ranked come last, by id, and after all
-- others those of incidents that speak for no country that is mapped: a file about a neighbour must not silence the map
INSERT INTO primary_sources BY NAME
WITH given AS (
    SELECT DISTINCT 'incidents' AS table_name, NULL AS iso3, source
    FROM staged_incidents
    WHERE kind IN ('state_based', 'non_state', 'one_sided')
    UNION ALL
    SELECT DISTINCT 'areas', iso3, snapshots.source
    FROM staged_areas
    JOIN snapshots USING (snapshot)
    UNION ALL
    SELECT DISTINCT 'population', iso3, snapshots.source
    FROM staged_population
    JOIN snapshots USING (snapshot)
    JOIN area_countries USING (area_id)
    UNION ALL
    SELECT DISTINCT 'displacement', iso3, source
    FROM staged_displacement
    WHERE measure = 'stock'
),
heard AS (
    SELECT DISTINCT 'incidents' AS table_name, source
    FROM staged_coverage
    WHERE family = 'incidents' AND iso3 IN (SELECT iso3 FROM staged_areas)
)
SELECT table_name, iso3, source,
    row_number() OVER (
        PARTITION BY table_name, iso3 ORDER BY heard.source IS NULL, p.position NULLS LAST, source
    ) - 1 AS position
FROM given
LEFT JOIN preferences p USING (table_name, source)
LEFT JOIN heard USING (table_name, source)
ORDER BY table_name, iso3, position
