-- Credit notes and deposits that were used to pay an invoice, in the order of that invoice.
--
-- internal
-- key: (invoice_id, discount_id)
-- touched by: llx_societe_remise_except (fk_facture, rowid)
CREATE TABLE {table}
(
    invoice_id Int64,
    discount_id Int64,
    amount Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (invoice_id, discount_id)
SETTINGS {settings};

SELECT d.fk_facture, d.rowid, ifNull(d.amount_ttc, 0)
FROM {llx_societe_remise_except by rowid} AS d
WHERE d.fk_facture > 0;
