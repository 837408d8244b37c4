-- one protected place as one provider lists it: of each, the version in the newest snapshot
INSERT INTO sites BY NAME
SELECT s.*
FROM staged_sites s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY site_id ORDER BY snapshots.rank DESC) = 1
ORDER BY site_id
