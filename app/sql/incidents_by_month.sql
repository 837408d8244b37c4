-- one row per month: incidents that can be placed, each month with its part of those that span several
SELECT strftime(period, '%Y-%m') AS period, sum(share) AS n
FROM incident_shares
WHERE unit = 'adm1'
GROUP BY period
ORDER BY period
