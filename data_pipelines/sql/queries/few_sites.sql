-- one row per unit and kind of protected site (null for all kinds together) with fewer sites than may be told, and per
-- admin 1 that less its other districts would tell as few
WITH counts AS (
    SELECT unit, unit_id, kind, sum(n) AS n
    FROM site_counts
    GROUP BY GROUPING SETS ((unit, unit_id, kind), (unit, unit_id))
),
few AS (FROM counts WHERE n < $k)
SELECT unit, unit_id, kind
FROM few
UNION
SELECT 'adm1', u.parent_id, few.kind
FROM few
JOIN units u ON u.unit = few.unit AND u.unit_id = few.unit_id
WHERE few.unit = 'adm2'
GROUP BY u.parent_id, few.kind
HAVING sum(few.n) < $k
ORDER BY ALL
