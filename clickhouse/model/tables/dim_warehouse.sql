-- Warehouses: depots, vans, building sites that hold goods.
--
-- key: warehouse_id
-- touched by: llx_entrepot (rowid)
CREATE TABLE {table}
(
    warehouse_id Int64,
    entity Int32,
    ref String,
    place String,
    town String,
    is_open UInt8,
    project_id Int64 COMMENT '0: none',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY warehouse_id
SETTINGS {settings};

SELECT
    w.rowid AS warehouse_id,
    w.entity AS entity,
    w.ref AS ref,
    w.lieu AS place,
    w.town AS town,
    ifNull(w.statut, 1) > 0 AS is_open,
    w.fk_project AS project_id
FROM {llx_entrepot by rowid} AS w;
