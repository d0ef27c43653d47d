-- Movements of stock summed up by product and month. What has left is what an operation takes out of the stock as a whole:
-- the two movements of a transfer cancel out.
--
-- key: product_id
-- touched by: llx_stock_mouvement (fk_product)
CREATE TABLE {table}
(
    product_id Int64,
    month Date32,
    quantity_in Float64,
    quantity_out Float64 COMMENT 'positive',
    value_out Float64 COMMENT 'EUR, positive; of the movements that carry a price',
    last_out_on Nullable(Date32),
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (product_id, month)
SETTINGS {settings};

SELECT
    product_id,
    day - (toDayOfMonth(day) - 1) AS month,
    sumIf(quantity, quantity > 0) AS quantity_in,
    -sumIf(quantity, quantity < 0) AS quantity_out,
    -sumIf(value, quantity < 0) AS value_out,
    maxOrNullIf(day, quantity < 0) AS last_out_on
FROM
(
    SELECT product_id, min(moved_on) AS day, sum(quantity) AS quantity, sum(value) AS value
    FROM {stock_moves_by_product by product_id}
    GROUP BY product_id, if(operation = '', toString(movement_id), operation), operation = ''
)
GROUP BY product_id, month;
