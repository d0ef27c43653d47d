-- Products and services.
--
-- key: product_id
-- touched by: llx_product (rowid)
CREATE TABLE {table}
(
    product_id Int64,
    entity Int32,
    ref String,
    label String,
    is_service UInt8,
    is_sold UInt8,
    is_bought UInt8,
    price Float64 COMMENT 'without tax',
    cost_price Nullable(Float64) COMMENT 'entered by hand',
    average_cost Float64 COMMENT 'weighted average of purchases; the cost price where there is none',
    alert_quantity Nullable(Float64),
    desired_quantity Nullable(Float64),
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY product_id
SETTINGS {settings};

SELECT
    p.rowid AS product_id,
    p.entity AS entity,
    p.ref AS ref,
    p.label AS label,
    ifNull(p.fk_product_type, 0) = 1 AS is_service,
    ifNull(p.tosell, 0) > 0 AS is_sold,
    ifNull(p.tobuy, 0) > 0 AS is_bought,
    ifNull(p.price, 0) AS price,
    p.cost_price AS cost_price,
    if(ifNull(p.pmp, 0) > 0, ifNull(p.pmp, 0), ifNull(p.cost_price, 0)) AS average_cost,
    p.seuil_stock_alerte AS alert_quantity,
    p.desiredstock AS desired_quantity
FROM {llx_product by rowid} AS p;
