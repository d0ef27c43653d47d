-- Goods that are kept in stock, with what lies there now in all warehouses.
SELECT
    d.product_id AS product_id,
    d.ref AS ref,
    d.label AS label,
    d.average_cost AS average_cost,
    d.alert_quantity AS alert_quantity,
    d.desired_quantity AS desired_quantity,
    s.quantity AS quantity
FROM (SELECT * FROM {database}.dim_product FINAL) AS d
LEFT JOIN
(
    SELECT product_id, sum(quantity) AS quantity FROM {database}.stock_levels FINAL GROUP BY product_id
) AS s ON s.product_id = d.product_id
WHERE NOT d.is_service
    AND d.product_id IN (SELECT product_id FROM {database}.stock_by_month FINAL WHERE quantity_out > 0)
ORDER BY product_id
