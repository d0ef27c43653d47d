-- An invoice is marked as paid in full, and neither payments nor discounts and credit notes explain it.
SELECT t.rowid AS record, p.paid < t.total_ttc - 0.05 AS is_faulty
FROM {table} AS t
LEFT JOIN (
    SELECT fk_facture AS invoice, sum(ifNull(amount, 0)) AS paid FROM {llx_paiement_facture} GROUP BY invoice
) AS p ON p.invoice = t.rowid
WHERE t.paye = 1 AND t.type = 0 AND t.close_code = '' AND p.paid > 0 AND {recent}
