-- one row per month: incidents that are counted and can be placed, each month with its part of those that span several
SELECT strftime(period, '%Y-%m') AS period, sum(share) AS n
FROM incident_shares
JOIN incidents USING (incident_id)
WHERE unit = 'adm1'
    AND source NOT IN (SELECT source FROM primary_sources WHERE table_name = 'incidents' AND position > 0)
GROUP BY period
ORDER BY period
