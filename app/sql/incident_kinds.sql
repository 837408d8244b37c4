-- one row per kind of incident in the edition
SELECT DISTINCT kind
FROM incidents
