-- one row per source: what became of its rows, and the months its records cover
SELECT a.source, sum(a.rows_in)::BIGINT AS rows_in, sum(a.loaded)::BIGINT AS loaded,
    sum(a.quarantined)::BIGINT AS quarantined, sum(a.superseded)::BIGINT AS superseded,
    strftime(min(c.first), '%Y-%m') AS first, strftime(max(c.last), '%Y-%m') AS last
FROM row_accounts a
LEFT JOIN (SELECT source, min(first) AS first, max(last) AS last FROM coverage GROUP BY source) c USING (source)
GROUP BY a.source
ORDER BY a.source
