-- one row per displacement figure; rounds repeat the same persons at several admin levels
SELECT displacement_id, source, area_id, level,
    level < max(level) OVER (PARTITION BY source, measure, iso3, operation, assessment, coalesce(round::VARCHAR, date::VARCHAR)) AS repeats_finer
FROM displacement
ORDER BY displacement_id
