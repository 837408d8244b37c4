-- one row per area: its persons in the newest year
SELECT area_id, persons
FROM population
QUALIFY row_number() OVER (PARTITION BY area_id ORDER BY year DESC) = 1
