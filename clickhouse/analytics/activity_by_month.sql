-- Turnover and new tickets of each complete month of the last three years.
WITH toStartOfMonth(toDate32({today:String})) AS this_month
SELECT toString(a.month) AS month, sum(a.revenue) AS revenue, sum(a.tickets) AS tickets
FROM
(
    SELECT invoiced_month AS month, sum(total_ht) AS revenue, 0 AS tickets
    FROM {database}.fact_invoices FINAL
    WHERE is_counted
    GROUP BY month
    UNION ALL
    SELECT toDate32(created_month) AS month, 0, count()
    FROM {database}.fact_tickets FINAL
    GROUP BY month
) AS a
WHERE a.month >= toDate32(this_month) - INTERVAL 36 MONTH AND a.month < toDate32(this_month)
GROUP BY a.month
ORDER BY a.month
