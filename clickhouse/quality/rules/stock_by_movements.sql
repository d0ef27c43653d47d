-- What a warehouse holds of a product is not the sum of its movements.
SELECT t.rowid AS record, abs(ifNull(t.reel, 0) - m.moved) > 0.001 AS is_faulty
FROM {table} AS t
LEFT JOIN (
    SELECT fk_product AS product, fk_entrepot AS warehouse, sum(ifNull(value, 0)) AS moved
    FROM {llx_stock_mouvement}
    GROUP BY product, warehouse
) AS m ON m.product = t.fk_product AND m.warehouse = t.fk_entrepot
WHERE {recent}
