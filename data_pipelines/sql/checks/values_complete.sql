-- layers that lack a value, or have one twice, for some unit and month
WITH months AS (SELECT count(DISTINCT period) AS n FROM layer_values),
expected AS (
    SELECT l.layer, u.unit, u.n * months.n AS n
    FROM (SELECT DISTINCT layer FROM layer_values) l
    CROSS JOIN (SELECT unit, count(*) AS n FROM units GROUP BY unit) u
    CROSS JOIN months
),
found AS (SELECT layer, unit, count(*) AS n FROM layer_values GROUP BY layer, unit)
SELECT e.layer, e.unit, e.n AS expected, f.n AS found
FROM expected e
LEFT JOIN found f USING (layer, unit)
WHERE e.n IS DISTINCT FROM f.n
