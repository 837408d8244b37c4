-- the first and the last month that any source of incidents or displacement covers
SELECT min(first) AS first, max(last) AS last
FROM coverage
WHERE family IN ('incidents', 'displacement')
