-- one area that population is given for: its country, or the first two letters of its P-code where it is not mapped
CREATE TEMP TABLE area_countries AS
WITH given AS (
    SELECT area_id, level FROM staged_population
    UNION
    SELECT area_id, level FROM staged_population_groups
)
SELECT given.area_id, CASE given.level WHEN 0 THEN given.area_id ELSE coalesce(min(a.iso3), left(given.area_id, 2)) END AS iso3
FROM given
LEFT JOIN staged_areas a USING (area_id)
GROUP BY given.area_id, given.level
