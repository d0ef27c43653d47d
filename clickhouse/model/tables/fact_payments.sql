-- What customers paid, one row per share of a payment that an invoice got, in the order of the invoice.
--
-- key: (invoice_id, share_id)
-- touched by: llx_paiement_facture (fk_facture, rowid)
-- touched by: llx_paiement (rowid) on change via fact_payments (payment_id)
CREATE TABLE {table}
(
    invoice_id Int64,
    share_id Int64,
    payment_id Int64,
    entity Int32,
    paid_on Nullable(Date32),
    amount Float64 COMMENT 'EUR with tax',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (invoice_id, share_id)
SETTINGS {settings};

SELECT
    s.fk_facture AS invoice_id,
    s.rowid AS share_id,
    s.fk_paiement AS payment_id,
    p.entity AS entity,
    toDate32(p.datep) AS paid_on,
    ifNull(s.amount, 0) AS amount
FROM {llx_paiement_facture by rowid} AS s
LEFT JOIN {llx_paiement by rowid from llx_paiement_facture.fk_paiement by rowid} AS p ON p.rowid = s.fk_paiement;
