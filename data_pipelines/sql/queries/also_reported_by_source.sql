-- one row per source: how many of the incidents that are counted it also reports
SELECT other_source AS source, count(*) AS n
FROM also_reported
GROUP BY other_source
ORDER BY other_source
