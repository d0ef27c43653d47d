-- Units of each product on customers' orders that are validated and not delivered.
--
-- reads: llx_commande (rowid, fk_statut)
-- reads: llx_commandedet (rowid, fk_commande, fk_product, qty)
SELECT toInt64(fk_product) AS product_id, sum(toFloat64(ifNull(qty, 0))) AS quantity
FROM mirror.llx_commandedet FINAL
WHERE ifNull(fk_product, 0) > 0
    AND fk_commande IN (SELECT rowid FROM mirror.llx_commande FINAL WHERE fk_statut IN (1, 2))
GROUP BY product_id
ORDER BY product_id
