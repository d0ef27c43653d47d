-- Movements of stock in the order of the product.
--
-- internal
-- key: (product_id, movement_id)
-- touched by: llx_stock_mouvement (fk_product, rowid)
CREATE TABLE {table}
(
    product_id Int64,
    movement_id Int64,
    warehouse_id Int64,
    moved_on Date32,
    quantity Float64,
    value Float64,
    operation String,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (product_id, movement_id)
SETTINGS {settings};

SELECT
    m.fk_product,
    m.rowid,
    m.fk_entrepot,
    ifNull(toDate32(m.datem), toDate32('1900-01-01')),
    ifNull(m.value, 0),
    ifNull(m.value, 0) * ifNull(m.price, 0),
    m.inventorycode
FROM {llx_stock_mouvement by rowid} AS m;
