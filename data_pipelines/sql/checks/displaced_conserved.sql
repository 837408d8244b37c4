-- rounds whose displaced persons over units and unplaced are not the sum over figures, for a kind of unit
WITH kinds AS (SELECT unnest(['adm1', 'adm2', 'cell']) AS unit),
placed AS (
    SELECT s.unit, d.operation, d.round, d.date, sum(s.share * d.persons) AS n
    FROM displacement d
    JOIN displacement_shares s USING (displacement_id)
    GROUP BY ALL
),
lost AS (
    SELECT d.operation, d.round, d.date, sum(d.persons) AS n
    FROM displacement d
    JOIN unplaced u ON u.table_name = 'displacement' AND u.record_id = d.displacement_id
    GROUP BY ALL
),
everything AS (SELECT operation, round, date, sum(persons) AS n FROM displacement GROUP BY ALL)
SELECT k.unit, e.operation, e.round, e.date, e.n AS of_all, p.n AS placed, lost.n AS unplaced
FROM everything e
CROSS JOIN kinds k
LEFT JOIN placed p ON p.unit = k.unit AND p.operation = e.operation AND p.date = e.date AND p.round IS NOT DISTINCT FROM e.round
LEFT JOIN lost ON lost.operation = e.operation AND lost.date = e.date AND lost.round IS NOT DISTINCT FROM e.round
WHERE coalesce(p.n, 0) + coalesce(lost.n, 0) <> e.n
