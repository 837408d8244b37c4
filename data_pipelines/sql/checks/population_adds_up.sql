-- countries whose districts or cells do not hold the population of their provinces (a thousandth of a person apart is rounding)
WITH sums AS (
    SELECT iso3, unit, sum(persons) AS persons
    FROM units
    WHERE persons IS NOT NULL
    GROUP BY iso3, unit
),
whole AS (SELECT unit, sum(persons) AS persons FROM sums GROUP BY unit)
SELECT a.unit, b.unit AS other, a.persons, b.persons AS persons_other
FROM whole a
JOIN whole b ON a.unit < b.unit
WHERE abs(a.persons - b.persons) > 0.001
