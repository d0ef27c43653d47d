-- The least that the cheapest supplier of each product delivers at a time.
--
-- reads: llx_product_fournisseur_price (fk_product, quantity, unitprice)
SELECT toInt64(fk_product) AS product_id, argMin(toFloat64(ifNull(quantity, 1)), toFloat64(ifNull(unitprice, 0))) AS quantity
FROM mirror.llx_product_fournisseur_price FINAL
WHERE ifNull(fk_product, 0) > 0 AND ifNull(quantity, 0) > 0
GROUP BY product_id
ORDER BY product_id
