-- Planned for a day that is over and not done; the longest overdue first.
SELECT
    i.ref AS ref, c.name AS customer, i.kind AS kind, i.city AS city,
    toString(i.planned_on) AS planned_on,
    dateDiff('day', i.planned_on, toDate32({today:String})) AS days_late
FROM {database}.fact_interventions AS i
LEFT JOIN {database}.dim_customer AS c ON c.customer_id = i.customer_id
WHERE i.status = 1 AND i.planned_on < toDate32({today:String})
ORDER BY i.planned_on, ref
LIMIT 50
