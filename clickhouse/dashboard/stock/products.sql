-- Every product that was forecast; the likeliest to run out first. What to order now is order_quantity.
SELECT
    s.product_id AS product_id, s.ref AS ref, s.label AS label, s.abc AS abc, s.demand_class AS demand_class, s.on_hand AS on_hand,
    s.expected_next_month AS next_month, s.reorder_level AS level, s.order_quantity AS order_quantity,
    toString(s.stock_out_on) AS stock_out_on, toString(s.order_by) AS order_by, 100 * s.risk_next_month AS risk,
    s.alert_level AS alert_level, s.order_quantity * d.average_cost AS order_value,
    toUnixTimestamp64Milli(s.run_at) AS run_ms
FROM {database}.v_analytics_stock AS s
LEFT JOIN {database}.dim_product AS d ON d.product_id = s.product_id
ORDER BY s.risk_next_month DESC, s.ref
LIMIT 200
