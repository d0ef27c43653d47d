-- The stock of a product is not the sum of what its warehouses hold.
SELECT t.rowid AS record, abs(ifNull(t.stock, 0) - w.held) > 0.001 AS is_faulty
FROM {table} AS t
LEFT JOIN (
    SELECT fk_product AS product, sum(ifNull(reel, 0)) AS held FROM {llx_product_stock} GROUP BY product
) AS w ON w.product = t.rowid
WHERE t.fk_product_type = 0 AND {recent}
