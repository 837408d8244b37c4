-- countries where the population raster is less than half or more than double the official figure, as when densities are taken for counts; give the raster of persons per pixel
SELECT r.iso3, r.persons AS raster, o.persons AS official
FROM raster_totals r
JOIN (SELECT iso3, sum(persons) AS persons FROM units WHERE unit = 'adm1' GROUP BY iso3) o USING (iso3)
WHERE r.persons > 0 AND NOT coalesce(r.persons / nullif(o.persons, 0) BETWEEN 0.5 AND 2, TRUE)
