-- counts of protected sites as the public file has them: nothing where they are few
SELECT c.unit, c.unit_id, c.kind, IF(hidden, NULL, c.n) AS n, IF(hidden, 'suppressed', c.status) AS status
FROM (
    SELECT c.*, c.rowid AS place, EXISTS (
        FROM withheld w WHERE (w.unit, w.unit_id, w.kind) = (c.unit, c.unit_id, c.kind)
    ) AS hidden
    FROM site_counts c
) c
ORDER BY c.place
