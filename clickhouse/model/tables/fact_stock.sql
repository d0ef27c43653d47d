-- Movements of stock, valued: a movement's value is its quantity at the price it carries.
--
-- key: movement_id
-- touched by: llx_stock_mouvement (rowid)
-- rebuilt by: llx_entrepot (entity) on change
CREATE TABLE {table}
(
    movement_id Int64,
    product_id Int64,
    entity Int32 COMMENT 'of the warehouse',
    warehouse_id Int64,
    project_id Int64 COMMENT '0: none',
    moved_at Nullable(DateTime64(0, 'UTC')) COMMENT 'the date that the movement carries',
    moved_on Date32 COMMENT 'its day; 1900-01-01 where there is none',
    quantity Float64 COMMENT 'positive comes in, negative goes out',
    unit_price Float64 COMMENT '0: none given',
    value Float64 COMMENT 'EUR, signed like the quantity',
    type Int8 COMMENT '0 in by hand, 1 out by hand, 2 out by a document, 3 in by a document',
    operation String COMMENT 'movements with the same code belong together: a transfer is two',
    INDEX by_day moved_on TYPE minmax,
    {bookkeeping}
)
ENGINE = {engine}
PARTITION BY intDiv(movement_id, 500000)
ORDER BY movement_id
SETTINGS {settings};

SELECT
    m.rowid AS movement_id,
    m.fk_product AS product_id,
    w.entity AS entity,
    m.fk_entrepot AS warehouse_id,
    if(m.fk_project > 0, m.fk_project, m.fk_projet) AS project_id,
    m.datem AS moved_at,
    ifNull(toDate32(m.datem), toDate32('1900-01-01')) AS moved_on,
    ifNull(m.value, 0) AS quantity,
    ifNull(m.price, 0) AS unit_price,
    quantity * unit_price AS value,
    ifNull(m.type_mouvement, 0) AS type,
    m.inventorycode AS operation
FROM {llx_stock_mouvement by rowid} AS m
LEFT JOIN {llx_entrepot} AS w ON w.rowid = m.fk_entrepot;
