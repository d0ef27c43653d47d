-- What lies in each warehouse now, by Dolibarr's own count.
--
-- key: level_id
-- touched by: llx_product_stock (rowid)
-- rebuilt by: llx_entrepot (entity) on change
CREATE TABLE {table}
(
    level_id Int64,
    entity Int32 COMMENT 'of the warehouse',
    product_id Int64,
    warehouse_id Int64,
    quantity Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY level_id
SETTINGS {settings};

SELECT s.rowid, w.entity, s.fk_product, s.fk_entrepot, ifNull(s.reel, 0)
FROM {llx_product_stock by rowid} AS s
LEFT JOIN {llx_entrepot} AS w ON w.rowid = s.fk_entrepot;
