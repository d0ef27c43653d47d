-- Units of each product that were shipped already on customers' orders that are still open.
--
-- reads: llx_commande (rowid, fk_statut)
-- reads: llx_commandedet (rowid, fk_commande, fk_product)
-- reads: llx_expeditiondet (fk_elementdet, qty)
SELECT toInt64(l.fk_product) AS product_id, sum(toFloat64(ifNull(s.qty, 0))) AS quantity
FROM (SELECT * FROM mirror.llx_expeditiondet FINAL) AS s
JOIN (SELECT * FROM mirror.llx_commandedet FINAL) AS l ON l.rowid = s.fk_elementdet
WHERE ifNull(l.fk_product, 0) > 0
    AND l.fk_commande IN (SELECT rowid FROM mirror.llx_commande FINAL WHERE fk_statut IN (1, 2))
GROUP BY product_id
ORDER BY product_id
