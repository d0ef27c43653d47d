-- What is owed, by how long it is due.
SELECT
    sum(not_due) AS not_due, sum(late_1_30) AS late_30, sum(late_31_60) AS late_60, sum(late_61_90) AS late_90,
    sum(late_over_90) AS late_more
FROM {database}.v_invoice_ageing
