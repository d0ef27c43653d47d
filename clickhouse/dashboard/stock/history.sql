-- What left the stock month by month over two years, of the products that were forecast.
SELECT product_id, toString(m.month) AS month, sum(quantity_out) AS quantity
FROM {database}.stock_by_month AS m
WHERE m.month >= toStartOfMonth(toDate32({today:String})) - toIntervalMonth(24)
    AND m.month < toStartOfMonth(toDate32({today:String}))
    AND product_id IN (SELECT product_id FROM {database}.v_analytics_stock)
GROUP BY product_id, m.month
ORDER BY product_id, m.month
