-- Stock at the end of a past day, by product and warehouse, and its value at today's average cost:
--   SELECT * FROM v_stock_at_date(day = '2025-12-31')
-- It is the sum of all movements dated up to that day, whenever they were entered; what lies in stock without any movement
-- does not show.
SELECT
    s.product_id AS product_id,
    d.ref AS ref,
    d.label AS label,
    s.warehouse_id AS warehouse_id,
    s.entity AS entity,
    s.quantity AS quantity,
    s.quantity * d.average_cost AS value,
    s.last_moved_on AS last_moved_on
FROM
(
    SELECT product_id, warehouse_id, any(entity) AS entity, sum(moved) AS quantity, max(last_on) AS last_moved_on
    FROM
    (
        SELECT product_id, warehouse_id, entity, quantity AS moved, last_moved_on AS last_on
        FROM {stock_by_warehouse}
        WHERE month < toStartOfMonth({day:Date})
        UNION ALL
        SELECT product_id, warehouse_id, entity, quantity, moved_on
        FROM {fact_stock}
        WHERE moved_on >= toStartOfMonth({day:Date}) AND moved_on <= {day:Date}
    )
    GROUP BY product_id, warehouse_id
) AS s
LEFT JOIN {dim_product} AS d ON d.product_id = s.product_id;
