-- Invoices of the last three years in time order, with their customer.
SELECT
    toString(i.customer_id) AS owner,
    c.name AS owner_name,
    i.ref AS subject,
    toString(assumeNotNull(i.invoiced_on)) AS day,
    i.total_ht AS amount
FROM (SELECT * FROM {database}.fact_invoices FINAL) AS i
LEFT JOIN (SELECT * FROM {database}.dim_customer FINAL) AS c ON c.customer_id = i.customer_id
WHERE i.is_counted AND i.type IN (0, 1) AND i.total_ht > 0 AND i.invoiced_on IS NOT NULL
    AND i.invoiced_on > toDate32({today:String}) - 1095
ORDER BY day, i.invoice_id
