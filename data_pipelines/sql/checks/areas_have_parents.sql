-- admin 2 areas whose admin 1 is not there although its country has admin 1 areas; give both levels of one version
SELECT a.area_id, a.parent_id, a.iso3
FROM areas a
ANTI JOIN areas p ON p.area_id = a.parent_id AND p.level = 1
WHERE a.level = 2 AND a.iso3 IN (SELECT iso3 FROM areas WHERE level = 1)
