-- What was invoiced in each month, without and with tax, and how many invoices: validated and closed ones. Credit notes are
-- negative.
--
-- tables: llx_facture
SELECT
    IFNULL(NULLIF(DATE_FORMAT(datef, '%Y-%m'), '0000-00'), '1900-01') AS group_key,
    COUNT(*) AS invoices,
    SUM(total_ht) AS total_ht,
    SUM(total_ttc) AS total_ttc
FROM llx_facture
WHERE fk_statut IN (1, 2)
GROUP BY group_key
