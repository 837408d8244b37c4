-- one row per incident that is counted and one of the other provider that may be the same but for their distance
WITH dated AS (SELECT * REPLACE (date_start::DATE AS date_start, date_end::DATE AS date_end) FROM matchable)
SELECT a.incident_id, b.incident_id AS other_id, b.source AS other_source, a.support AS support_a, b.support AS support_b,
    a.longitude AS longitude_a, a.latitude AS latitude_a, b.longitude AS longitude_b, b.latitude AS latitude_b,
    greatest(0, a.date_start - b.date_end, b.date_start - a.date_end)::INTEGER AS days_apart,
    (abs(a.date_start - b.date_start) + abs(a.date_end - b.date_end)) / 2 AS days_off
FROM dated a
JOIN dated b
    ON a.iso3 = b.iso3
    AND a.is_one_sided = b.is_one_sided
    AND a.date_start <= b.date_end + $days::INTEGER
    AND b.date_start <= a.date_end + $days::INTEGER
WHERE a.provider_rank = 0 AND b.provider_rank = 1
    AND IF('adm2' IN (a.support, b.support), a.leaf = b.leaf, abs(a.latitude - b.latitude) < $most_degrees)
ORDER BY a.incident_id, other_id
