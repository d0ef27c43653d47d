-- Payments to suppliers, one row per share that an invoice got, in the order of the invoice.
--
-- internal
-- key: (invoice_id, share_id)
-- touched by: llx_paiementfourn_facturefourn (fk_facturefourn, rowid)
CREATE TABLE {table}
(
    invoice_id Int64,
    share_id Int64,
    amount Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (invoice_id, share_id)
SETTINGS {settings};

SELECT s.fk_facturefourn, s.rowid, ifNull(s.amount, 0)
FROM {llx_paiementfourn_facturefourn by rowid} AS s;
