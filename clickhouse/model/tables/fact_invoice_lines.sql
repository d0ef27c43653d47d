-- Lines of customers' invoices, in the order of the invoice. A credit note's lines are negative. The cost of a line is the
-- buying price that Dolibarr kept for its margin, at the line's quantity.
--
-- key: (invoice_id, line_id)
-- touched by: llx_facturedet (fk_facture, rowid)
CREATE TABLE {table}
(
    invoice_id Int64,
    line_id Int64,
    product_id Int64 COMMENT '0: free text',
    is_service UInt8,
    quantity Float64,
    unit_price Float64,
    discount_percent Float64,
    total_ht Float64 COMMENT 'EUR without tax',
    total_tva Float64,
    total_ttc Float64 COMMENT 'EUR with tax',
    cost Float64 COMMENT 'EUR, signed like the total',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (invoice_id, line_id)
SETTINGS {settings};

SELECT
    l.fk_facture AS invoice_id,
    l.rowid AS line_id,
    l.fk_product AS product_id,
    ifNull(l.product_type, 0) = 1 AS is_service,
    ifNull(l.qty, 0) AS quantity,
    ifNull(l.subprice, 0) AS unit_price,
    ifNull(l.remise_percent, 0) AS discount_percent,
    ifNull(l.total_ht, 0) AS total_ht,
    ifNull(l.total_tva, 0) AS total_tva,
    ifNull(l.total_ttc, 0) AS total_ttc,
    if(total_ht < 0, -1, 1) * abs(ifNull(l.buy_price_ht, 0) * quantity) AS cost
FROM {llx_facturedet by rowid} AS l;
