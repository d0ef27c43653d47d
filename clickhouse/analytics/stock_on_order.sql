-- Units of each product that are ordered from suppliers and not received yet.
--
-- reads: llx_commande_fournisseur (rowid, fk_statut)
-- reads: llx_commande_fournisseurdet (fk_commande, fk_product, qty)
-- reads: llx_receptiondet_batch (fk_element, fk_product, qty, element_type)
SELECT product_id, sum(missing) AS quantity
FROM
(
    SELECT order_id, product_id, greatest(0, sum(ordered) - sum(received)) AS missing
    FROM
    (
        SELECT
            toInt64(fk_commande) AS order_id,
            toInt64(ifNull(fk_product, 0)) AS product_id,
            toFloat64(ifNull(qty, 0)) AS ordered,
            toFloat64(0) AS received
        FROM mirror.llx_commande_fournisseurdet FINAL
        UNION ALL
        SELECT toInt64(ifNull(fk_element, 0)), toInt64(ifNull(fk_product, 0)), 0, toFloat64(ifNull(qty, 0))
        FROM mirror.llx_receptiondet_batch FINAL
        WHERE ifNull(element_type, '') IN ('', 'supplier_order', 'order_supplier', 'commande_fournisseur')
    )
    WHERE order_id IN (SELECT rowid FROM mirror.llx_commande_fournisseur FINAL WHERE fk_statut IN (3, 4))
    GROUP BY order_id, product_id
)
WHERE product_id > 0
GROUP BY product_id
ORDER BY product_id
