-- deaths by kind and side whose sum over units and unplaced is not the sum over incidents, for a kind of unit
WITH kinds AS (SELECT unnest(['adm1', 'adm2', 'cell']) AS unit),
long AS (
    UNPIVOT (SELECT incident_id, source, kind, deaths_a, deaths_b, deaths_civilians, deaths_unknown, deaths_best, 1 AS events FROM incidents)
    ON deaths_a, deaths_b, deaths_civilians, deaths_unknown, deaths_best, events
    INTO NAME measure VALUE n
),
placed AS (
    SELECT s.unit, l.source, l.kind, l.measure, sum(s.share * l.n) AS n
    FROM long l
    JOIN incident_shares s USING (incident_id)
    GROUP BY ALL
),
lost AS (
    SELECT l.source, l.kind, l.measure, sum(l.n) AS n
    FROM long l
    JOIN unplaced u ON u.table_name = 'incidents' AND u.record_id = l.incident_id
    GROUP BY ALL
),
everything AS (SELECT source, kind, measure, sum(n) AS n FROM long GROUP BY ALL)
SELECT k.unit, e.source, e.kind, e.measure, e.n AS of_all, p.n AS placed, lost.n AS unplaced
FROM everything e
CROSS JOIN kinds k
LEFT JOIN placed p ON p.unit = k.unit AND (p.source, p.kind, p.measure) = (e.source, e.kind, e.measure)
LEFT JOIN lost ON (lost.source, lost.kind, lost.measure) = (e.source, e.kind, e.measure)
WHERE coalesce(p.n, 0) + coalesce(lost.n, 0) <> e.n
