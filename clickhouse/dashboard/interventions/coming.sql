-- What is planned for the next two weeks.
SELECT
    i.ref AS ref, c.name AS customer, i.kind AS kind, i.city AS city,
    toString(i.planned_on) AS planned_on, i.estimated_hours AS estimated_hours
FROM {database}.fact_interventions AS i
LEFT JOIN {database}.dim_customer AS c ON c.customer_id = i.customer_id
WHERE i.status = 1 AND i.planned_on BETWEEN toDate32({today:String}) AND toDate32({today:String}) + 14
ORDER BY i.planned_on, ref
LIMIT 50
