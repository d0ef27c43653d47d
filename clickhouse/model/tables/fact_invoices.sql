-- Customers' invoices, one row each. Credit notes are negative; drafts have the reference (PROVn) and count nowhere; an
-- abandoned invoice is no longer owed. What is still owed is the total less payments and less the credit notes and deposits
-- used on it, while the invoice is validated and not closed as paid.
--
-- key: invoice_id
-- touched by: llx_facture (rowid)
-- touched by: llx_facturedet (fk_facture)
-- touched by: llx_paiement_facture (fk_facture)
-- touched by: llx_paiement (rowid) on change via fact_payments (payment_id)
-- touched by: llx_societe_remise_except (fk_facture)
-- touched by: llx_element_element (fk_target) when targettype = 'facture'
CREATE TABLE {table}
(
    invoice_id Int64,
    entity Int32,
    ref String,
    type Int8 COMMENT '0 standard, 1 replacement, 2 credit note, 3 deposit, 5 situation',
    status Int8 COMMENT '0 draft, 1 validated, 2 closed, 3 abandoned',
    is_draft UInt8,
    is_counted UInt8 COMMENT 'validated or closed: counts as turnover',
    is_credit_note UInt8,
    is_paid UInt8,
    customer_id Int64,
    project_id Int64 COMMENT '0: none',
    author_id Int64,
    corrected_invoice_id Int64 COMMENT 'of a credit note or replacement; 0: none',
    quote_id Int64 COMMENT 'it came of; 0: none',
    order_id Int64 COMMENT 'it came of; 0: none',
    invoiced_on Nullable(Date32),
    invoiced_month Date32 COMMENT '1900-01-01 where it has no date',
    due_on Nullable(Date32),
    total_ht Float64 COMMENT 'EUR without tax',
    total_tva Float64,
    total_ttc Float64 COMMENT 'EUR with tax',
    lines UInt32,
    cost Float64 COMMENT 'EUR, of the lines',
    margin Float64 COMMENT 'EUR, total without tax less cost',
    paid Float64 COMMENT 'EUR with tax',
    discounts_used Float64 COMMENT 'credit notes and deposits, EUR with tax',
    open_amount Float64 COMMENT 'still owed, EUR with tax',
    last_paid_on Nullable(Date32),
    days_to_pay Nullable(Int32) COMMENT 'invoice date to last payment, of what is paid',
    {bookkeeping}
)
ENGINE = {engine}
PARTITION BY intDiv(invoice_id, 200000)
ORDER BY invoice_id
SETTINGS {settings};

SELECT
    f.rowid AS invoice_id,
    f.entity AS entity,
    f.ref AS ref,
    ifNull(f.type, 0) AS type,
    ifNull(f.fk_statut, 0) AS status,
    status = 0 AS is_draft,
    status IN (1, 2) AS is_counted,
    type = 2 AS is_credit_note,
    ifNull(f.paye, 0) = 1 AS is_paid,
    f.fk_soc AS customer_id,
    f.fk_projet AS project_id,
    f.fk_user_author AS author_id,
    f.fk_facture_source AS corrected_invoice_id,
    k.quote_id AS quote_id,
    k.order_id AS order_id,
    f.datef AS invoiced_on,
    ifNull(f.datef - (toDayOfMonth(f.datef) - 1), toDate32('1900-01-01')) AS invoiced_month,
    f.date_lim_reglement AS due_on,
    ifNull(f.total_ht, 0) AS total_ht,
    ifNull(f.total_tva, 0) AS total_tva,
    ifNull(f.total_ttc, 0) AS total_ttc,
    l.lines AS lines,
    l.cost AS cost,
    total_ht - l.cost AS margin,
    p.paid AS paid,
    d.used AS discounts_used,
    if(status = 1 AND NOT is_paid, total_ttc - p.paid - d.used, 0) AS open_amount,
    p.last_paid_on AS last_paid_on,
    if(is_paid AND status = 2, dateDiff('day', f.datef, p.last_paid_on), NULL) AS days_to_pay
FROM {llx_facture by rowid} AS f
LEFT JOIN
(
    SELECT invoice_id, count() AS lines, sum(cost) AS cost
    FROM {fact_invoice_lines by invoice_id}
    GROUP BY invoice_id
) AS l ON l.invoice_id = f.rowid
LEFT JOIN
(
    SELECT invoice_id, sum(amount) AS paid, max(paid_on) AS last_paid_on
    FROM {fact_payments by invoice_id}
    GROUP BY invoice_id
) AS p ON p.invoice_id = f.rowid
LEFT JOIN
(
    SELECT invoice_id, sum(amount) AS used
    FROM {invoice_discounts by invoice_id}
    GROUP BY invoice_id
) AS d ON d.invoice_id = f.rowid
LEFT JOIN
(
    SELECT
        target_id,
        maxIf(source_id, source_type = 'propal') AS quote_id,
        maxIf(source_id, source_type = 'commande') AS order_id
    FROM {document_links by target_id}
    WHERE target_type = 'facture'
    GROUP BY target_id
) AS k ON k.target_id = f.rowid;
