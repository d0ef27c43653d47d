-- Goods received from suppliers, in the order of the supplier order.
--
-- internal
-- key: (order_id, reception_id)
-- touched by: llx_receptiondet_batch (fk_element, rowid)
CREATE TABLE {table}
(
    order_id Int64,
    reception_id Int64,
    received_at Nullable(DateTime64(0, 'UTC')),
    quantity Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (order_id, reception_id)
SETTINGS {settings};

SELECT r.fk_element, r.rowid, r.datec, ifNull(r.qty, 0)
FROM {llx_receptiondet_batch by rowid} AS r
WHERE r.element_type IN ('', 'supplier_order', 'order_supplier', 'commande_fournisseur');
