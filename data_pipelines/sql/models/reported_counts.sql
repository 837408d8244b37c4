-- one count that a provider made of its own events: of each, the version in the newest snapshot
INSERT INTO reported_counts BY NAME
SELECT s.*
FROM staged_reported_counts s
JOIN snapshots USING (snapshot)
QUALIFY row_number() OVER (PARTITION BY count_id ORDER BY snapshots.rank DESC) = 1
ORDER BY count_id
