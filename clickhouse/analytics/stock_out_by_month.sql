-- Units that left the stock, by product and month.
SELECT s.product_id AS product_id, toString(s.month) AS month, s.quantity_out AS quantity_out
FROM (SELECT * FROM {database}.stock_by_month FINAL) AS s
WHERE s.quantity_out > 0 AND s.month >= toDate32('1971-01-01')
ORDER BY s.month, s.product_id
