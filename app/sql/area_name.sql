-- one row: the name of an area; none where it is not known
SELECT name
FROM areas
WHERE area_id = $area
