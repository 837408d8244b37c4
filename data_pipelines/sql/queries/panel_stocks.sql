-- one row per displacement figure and unit, at the finest level its round reports
SELECT d.displacement_id, d.source, d.date, s.unit_id, d.persons, s.share,
    concat_ws('|', d.operation, d.assessment, coalesce(d.round::VARCHAR, d.date::VARCHAR)) AS round_key,
    concat_ws('|', d.operation, d.assessment, d.area_id) AS series
FROM displacement d
JOIN displacement_shares s USING (displacement_id)
WHERE s.unit = $unit AND ($unit_id IS NULL OR s.unit_id = $unit_id) AND d.measure = 'stock'
ORDER BY d.displacement_id, s.unit_id
