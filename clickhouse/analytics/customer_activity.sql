-- What each customer bought and asked for: turnover and requests of the last 365 days, satisfaction, first and last activity.
SELECT
    a.customer_id AS customer_id,
    any(c.name) AS name,
    sumIf(a.revenue, a.day > toDate32({today:String}) - 365) AS revenue,
    countIf(a.is_request AND a.day > toDate32({today:String}) - 365) AS requests,
    avgIf(a.satisfaction, a.day > toDate32({today:String}) - 365) AS satisfaction,
    countIf(a.satisfaction IS NOT NULL) AS ratings,
    uniqExact(a.day) AS active_days,
    toString(min(a.day)) AS first_on,
    toString(max(a.day)) AS last_on
FROM
(
    SELECT customer_id, assumeNotNull(invoiced_on) AS day, total_ht AS revenue, 0 AS is_request, CAST(NULL AS Nullable(Float64)) AS satisfaction
    FROM {database}.fact_invoices FINAL
    WHERE is_counted AND customer_id > 0 AND invoiced_on IS NOT NULL
    UNION ALL
    SELECT customer_id, toDate32(assumeNotNull(created_at)), 0, 1, satisfaction
    FROM {database}.fact_tickets FINAL
    WHERE customer_id > 0 AND created_at IS NOT NULL
    UNION ALL
    SELECT customer_id, toDate32(assumeNotNull(created_at)), 0, 1, satisfaction
    FROM {database}.fact_interventions FINAL
    WHERE NOT is_draft AND customer_id > 0 AND created_at IS NOT NULL
) AS a
LEFT JOIN (SELECT * FROM {database}.dim_customer FINAL) AS c ON c.customer_id = a.customer_id
WHERE a.day <= toDate32({today:String})
GROUP BY customer_id
ORDER BY customer_id
