-- What should leave the stock in the next months, with the range that eight months in ten stay in.
SELECT product_id, toString(month) AS month, expected, low, high
FROM {database}.v_analytics_stock_forecast
ORDER BY product_id, v_analytics_stock_forecast.month
