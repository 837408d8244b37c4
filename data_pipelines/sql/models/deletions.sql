-- one incident that its provider says it deleted: of each, the version in the newest snapshot
INSERT INTO deletions BY NAME
SELECT s.*
FROM staged_deletions s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY s.source, native_id ORDER BY snapshots.rank DESC) = 1
ORDER BY s.source, native_id
