-- files most of whose points fit the boundaries only if latitude and longitude change places; delete the snapshot and give the file (or the boundaries) with the two put right
WITH land AS (
    SELECT min(ST_XMin(geometry)) AS x0, min(ST_YMin(geometry)) AS y0, max(ST_XMax(geometry)) AS x1, max(ST_YMax(geometry)) AS y1
    FROM units
    WHERE unit = 'adm1'
),
points AS (
    SELECT snapshot, longitude, latitude FROM incidents WHERE longitude IS NOT NULL
    UNION ALL SELECT snapshot, longitude, latitude FROM sites WHERE longitude IS NOT NULL
)
SELECT file, snapshot, count(*) AS points,
    count(*) FILTER (WHERE longitude BETWEEN x0 AND x1 AND latitude BETWEEN y0 AND y1) AS inside,
    count(*) FILTER (WHERE latitude BETWEEN x0 AND x1 AND longitude BETWEEN y0 AND y1) AS inside_if_swapped
FROM points
JOIN snapshots USING (snapshot)
CROSS JOIN land
GROUP BY file, snapshot
HAVING inside_if_swapped > inside AND inside_if_swapped > 0.5 * count(*)
