-- Products that come in packs, and the units of a pack.
--
-- reads: llx_product (rowid, packaging)
SELECT toInt64(rowid) AS product_id, toFloat64(packaging) AS quantity
FROM mirror.llx_product FINAL
WHERE ifNull(packaging, 0) > 0
ORDER BY product_id
