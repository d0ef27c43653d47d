-- Movements of stock summed up by product, month and warehouse.
--
-- key: product_id
-- touched by: llx_stock_mouvement (fk_product)
-- rebuilt by: llx_entrepot (entity) on change
CREATE TABLE {table}
(
    product_id Int64,
    month Date32 COMMENT '1900-01-01: movements without a date',
    warehouse_id Int64,
    entity Int32,
    quantity Float64 COMMENT 'in less out',
    value Float64 COMMENT 'EUR, in less out, of the movements that carry a price',
    last_moved_on Date32,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (product_id, month, warehouse_id)
SETTINGS {settings};

SELECT
    m.product_id AS product_id,
    moved_on - (toDayOfMonth(moved_on) - 1) AS month,
    m.warehouse_id AS warehouse_id,
    any(w.entity) AS entity,
    sum(quantity) AS moved,
    sum(value) AS moved_value,
    max(moved_on) AS last_moved_on
FROM {stock_moves_by_product by product_id} AS m
LEFT JOIN {llx_entrepot} AS w ON w.rowid = m.warehouse_id
GROUP BY product_id, month, warehouse_id;
