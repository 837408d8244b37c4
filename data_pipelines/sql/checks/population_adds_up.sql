-- districts or cells that do not hold the population of all provinces, where all are known (a thousandth of a person apart is rounding)
WITH whole AS (
    SELECT unit, sum(persons) AS persons
    FROM units
    GROUP BY unit
    HAVING count(persons) = count(*)
)
SELECT a.unit, b.unit AS other, a.persons, b.persons AS persons_other
FROM whole a
JOIN whole b ON a.unit < b.unit
WHERE abs(a.persons - b.persons) > 0.001
