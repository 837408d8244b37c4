-- one protected place as one provider lists it: of each, the version in the newest snapshot; sources that are ranked for sites
-- share the ids of OpenStreetMap, and an object of theirs is loaded once
INSERT INTO sites BY NAME
SELECT s.*
FROM staged_sites s
JOIN snapshots USING (snapshot)
LEFT JOIN preferences p ON p.table_name = 'sites' AND p.source = s.source
QUALIFY row_number() OVER (
    PARTITION BY IF(p.position IS NULL, s.site_id, s.native_id)
    ORDER BY p.position, snapshots.rank DESC
) = 1
ORDER BY site_id
