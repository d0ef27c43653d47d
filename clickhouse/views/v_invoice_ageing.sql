-- Who owes how much and since when, with tax: what customers have not paid of validated invoices, by days past the due date.
-- An invoice without a due date is due on its own date. Credit notes that are not used yet reduce what is owed.
SELECT
    i.entity AS entity,
    i.customer_id AS customer_id,
    c.name AS customer,
    countIf(i.open_amount != 0) AS open_invoices,
    sum(i.open_amount) AS open_amount,
    sumIf(i.open_amount, days_late <= 0) AS not_due,
    sumIf(i.open_amount, days_late BETWEEN 1 AND 30) AS late_1_30,
    sumIf(i.open_amount, days_late BETWEEN 31 AND 60) AS late_31_60,
    sumIf(i.open_amount, days_late BETWEEN 61 AND 90) AS late_61_90,
    sumIf(i.open_amount, days_late > 90) AS late_over_90,
    max(days_late) AS most_days_late
FROM
(
    SELECT *, ifNull(dateDiff('day', coalesce(due_on, invoiced_on), {today}), 0) AS days_late
    FROM {fact_invoices}
    WHERE open_amount != 0
) AS i
LEFT JOIN {dim_customer} AS c ON c.customer_id = i.customer_id
GROUP BY entity, customer_id, customer;
