-- one incident that is not in a newer file of its scope which speaks for its country and last day, or that was deleted on or
-- after the day the newest file that holds it was known: one that came back after it was deleted stays
INSERT INTO removals BY NAME
WITH newest AS (
    SELECT i.incident_id, i.source, i.native_id, i.country, i.date_end, i.snapshot, s.rank, s.scope, s.known_at
    FROM staged_incidents i
    JOIN snapshots s USING (snapshot)
    QUALIFY row_number() OVER (PARTITION BY incident_id ORDER BY s.rank DESC) = 1
),
spoken AS (
    SELECT DISTINCT s.source, s.scope, s.snapshot, s.rank, s.speaks_from, s.speaks_to, i.country
    FROM staged_incidents i
    JOIN snapshots s USING (snapshot)
    WHERE s.scope <> ''
),
removed AS (
    SELECT n.incident_id, n.source, n.snapshot, s.snapshot AS removed_by, 'withdrawn' AS why, s.rank
    FROM newest n
    JOIN spoken s USING (source, scope, country)
    WHERE s.rank > n.rank AND n.date_end BETWEEN s.speaks_from AND s.speaks_to
    UNION ALL
    SELECT n.incident_id, n.source, n.snapshot, d.snapshot, 'deleted', s.rank
    FROM newest n
    JOIN staged_deletions d USING (source, native_id)
    JOIN snapshots s ON s.snapshot = d.snapshot
    WHERE d.deleted_on >= n.known_at
)
SELECT incident_id, source, snapshot, removed_by, why
FROM removed
QUALIFY row_number() OVER (PARTITION BY incident_id ORDER BY why, rank) = 1
ORDER BY incident_id
