SELECT formatDateTime(invoiced_month, '%Y-%m') AS group_key, count() AS invoices, sum(total_ht), sum(total_ttc)
FROM {database:Identifier}.fact_invoices FINAL
WHERE is_counted
GROUP BY group_key
