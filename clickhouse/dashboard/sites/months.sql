-- What sites cost and brought in, month by month over a year: time entered, materials taken out, invoices.
SELECT toString(m.month) AS month, sum(m.labour) AS labour, sum(m.supplier) AS suppliers, sum(m.brought) AS invoiced
FROM
(
    SELECT toStartOfMonth(assumeNotNull(worked_on)) AS month, cost AS labour, 0 AS supplier, 0 AS brought
    FROM {database}.fact_time WHERE project_id > 0 AND worked_on IS NOT NULL
    UNION ALL
    SELECT toStartOfMonth(assumeNotNull(invoiced_on)), 0, total_ht, 0
    FROM {database}.fact_supplier_invoices WHERE is_counted AND project_id > 0 AND invoiced_on IS NOT NULL
    UNION ALL
    SELECT toStartOfMonth(assumeNotNull(invoiced_on)), 0, 0, total_ht
    FROM {database}.fact_invoices WHERE is_counted AND project_id > 0 AND invoiced_on IS NOT NULL
) AS m
WHERE m.month >= toStartOfMonth(toDate32({today:String})) - toIntervalMonth(12) AND m.month <= toDate32({today:String})
GROUP BY m.month
ORDER BY m.month
