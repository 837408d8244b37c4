-- one raw file: a row is loaded where the table holds it from this file, superseded where it holds a newer one
INSERT INTO row_accounts BY NAME
WITH kept AS (
    SELECT snapshot, count(*) AS n
    FROM (
        SELECT snapshot FROM incidents
        UNION ALL SELECT snapshot FROM displacement
        UNION ALL SELECT snapshot FROM sites
        UNION ALL SELECT snapshot FROM areas
        UNION ALL SELECT snapshot FROM population
        UNION ALL SELECT snapshot FROM population_groups
    )
    GROUP BY snapshot
)
SELECT p.snapshot, s.source, p.rows_in, p.pixels + coalesce(k.n, 0) AS loaded, p.quarantined,
    p.repeated + (p.parsed - p.pixels - coalesce(k.n, 0)) AS superseded
FROM parse_accounts p
JOIN snapshots s USING (snapshot)
LEFT JOIN kept k USING (snapshot)
ORDER BY p.snapshot
