-- Movements of stock for a project, in the order of the project.
--
-- internal
-- key: (project_id, movement_id)
-- touched by: llx_stock_mouvement (fk_project|fk_projet, rowid)
CREATE TABLE {table}
(
    project_id Int64,
    movement_id Int64,
    product_id Int64,
    quantity Float64,
    unit_price Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (project_id, movement_id)
SETTINGS {settings};

SELECT
    if(m.fk_project > 0, m.fk_project, m.fk_projet) AS project,
    m.rowid,
    m.fk_product,
    ifNull(m.value, 0),
    ifNull(m.price, 0)
FROM {llx_stock_mouvement by rowid} AS m
WHERE project > 0;
