-- Units that left the stock, by product and month.
SELECT product_id, toString(month) AS month, quantity_out
FROM {database}.stock_by_month FINAL
WHERE quantity_out > 0 AND month >= toDate32('1971-01-01')
ORDER BY month, product_id
