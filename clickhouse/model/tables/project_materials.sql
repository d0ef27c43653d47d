-- Materials that projects took out of stock, less what they brought back, by project and product. Movements that carry no
-- price are kept apart: the product's average cost values them.
--
-- key: project_id
-- touched by: llx_stock_mouvement (fk_project|fk_projet)
CREATE TABLE {table}
(
    project_id Int64,
    product_id Int64,
    quantity Float64 COMMENT 'taken out, positive',
    priced_value Float64 COMMENT 'EUR, of movements that carry a price',
    unpriced_quantity Float64 COMMENT 'of movements that carry none',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (project_id, product_id)
SETTINGS {settings};

SELECT
    project_id,
    product_id,
    -sum(quantity) AS taken,
    -sum(quantity * unit_price) AS priced_value,
    -sumIf(quantity, unit_price = 0) AS unpriced_quantity
FROM {stock_moves_by_project by project_id}
GROUP BY project_id, product_id;
