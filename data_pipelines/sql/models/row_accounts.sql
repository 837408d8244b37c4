-- one raw file: a row is loaded where a table holds it from this file; superseded where a newer one is held or removes it
INSERT INTO row_accounts BY NAME
WITH kept AS (
    SELECT snapshot, count(*) AS n
    FROM (
        SELECT snapshot FROM incidents
        -- a record of several figures, as a country-year of stocks and flows, has a row of each; ids are its level's own
        UNION ALL SELECT DISTINCT ON (snapshot, level, coalesce(native_id, displacement_id)) snapshot FROM displacement
        UNION ALL SELECT snapshot FROM sites
        UNION ALL SELECT snapshot FROM areas
        UNION ALL SELECT snapshot FROM population
        UNION ALL SELECT snapshot FROM population_groups
        UNION ALL SELECT snapshot FROM reported_counts
        UNION ALL SELECT snapshot FROM deletions
    )
    GROUP BY snapshot
)
SELECT p.snapshot, s.source, p.rows_in, p.pixels + coalesce(k.n, 0) AS loaded, p.quarantined,
    p.repeated + (p.parsed - p.pixels - coalesce(k.n, 0)) AS superseded
FROM parse_accounts p
JOIN snapshots s USING (snapshot)
LEFT JOIN kept k USING (snapshot)
ORDER BY p.snapshot
