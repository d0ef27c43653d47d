-- Suppliers' invoices, one row each. What is still to be paid is the total less what was paid, while the invoice is validated
-- and not closed as paid.
--
-- key: invoice_id
-- touched by: llx_facture_fourn (rowid)
-- touched by: llx_paiementfourn_facturefourn (fk_facturefourn)
CREATE TABLE {table}
(
    invoice_id Int64,
    entity Int32,
    ref String,
    type Int8 COMMENT '0 standard, 2 credit note, 3 deposit',
    status Int8 COMMENT '0 draft, 1 validated, 2 closed, 3 abandoned',
    is_counted UInt8 COMMENT 'validated or closed: counts as cost',
    is_paid UInt8,
    supplier_id Int64,
    project_id Int64 COMMENT '0: none',
    invoiced_on Nullable(Date32),
    due_on Nullable(Date32),
    total_ht Float64 COMMENT 'EUR without tax',
    total_tva Float64,
    total_ttc Float64 COMMENT 'EUR with tax',
    paid Float64 COMMENT 'EUR with tax',
    open_amount Float64 COMMENT 'still to be paid, EUR with tax',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY invoice_id
SETTINGS {settings};

SELECT
    f.rowid AS invoice_id,
    f.entity AS entity,
    f.ref AS ref,
    ifNull(f.type, 0) AS type,
    ifNull(f.fk_statut, 0) AS status,
    status IN (1, 2) AS is_counted,
    ifNull(f.paye, 0) = 1 AS is_paid,
    f.fk_soc AS supplier_id,
    f.fk_projet AS project_id,
    f.datef AS invoiced_on,
    f.date_lim_reglement AS due_on,
    ifNull(f.total_ht, 0) AS total_ht,
    ifNull(f.total_tva, 0) AS total_tva,
    ifNull(f.total_ttc, 0) AS total_ttc,
    p.paid AS paid,
    if(status = 1 AND NOT is_paid, total_ttc - p.paid, 0) AS open_amount
FROM {llx_facture_fourn by rowid} AS f
LEFT JOIN
(
    SELECT invoice_id, sum(amount) AS paid
    FROM {supplier_payments by invoice_id}
    GROUP BY invoice_id
) AS p ON p.invoice_id = f.rowid;
