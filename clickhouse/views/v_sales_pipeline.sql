-- From quote to cash, by the month of the quote: quotes sent and their amount, those signed and refused, what was ordered of
-- them, invoiced (directly or through the order) and paid. Amounts without tax, paid with tax. Drafts do not count.
SELECT
    q.entity AS entity,
    q.quoted_on - (toDayOfMonth(q.quoted_on) - 1) AS month,
    count() AS quotes,
    sum(q.total_ht) AS quoted,
    countIf(q.is_signed) AS signed,
    sumIf(q.total_ht, q.is_signed) AS signed_amount,
    countIf(q.is_refused) AS refused,
    countIf(q.status = 1) AS waiting,
    sumIf(q.total_ht, q.status = 1) AS waiting_amount,
    if(countIf(q.is_signed OR q.is_refused) > 0, 100 * countIf(q.is_signed) / countIf(q.is_signed OR q.is_refused), NULL) AS signed_percent,
    avgIf(dateDiff('day', q.quoted_on, q.answered_on), q.is_signed) AS mean_days_to_sign,
    sum(o.ordered_ht) AS ordered,
    sum(o.invoiced_ht + d.invoiced_ht) AS invoiced,
    sum(o.paid_ttc + d.paid_ttc) AS paid
FROM {fact_quotes} AS q
LEFT JOIN
(
    SELECT r.quote_id AS quote_id, sum(r.total_ht) AS ordered_ht, sum(i.invoiced_ht) AS invoiced_ht, sum(i.paid_ttc) AS paid_ttc
    FROM {fact_orders} AS r
    LEFT JOIN
    (
        SELECT order_id, sum(total_ht) AS invoiced_ht, sum(paid) AS paid_ttc
        FROM {fact_invoices}
        WHERE is_counted AND order_id > 0
        GROUP BY order_id
    ) AS i ON i.order_id = r.order_id
    WHERE r.is_counted AND r.quote_id > 0
    GROUP BY r.quote_id
) AS o ON o.quote_id = q.quote_id
LEFT JOIN
(
    SELECT quote_id, sum(total_ht) AS invoiced_ht, sum(paid) AS paid_ttc
    FROM {fact_invoices}
    WHERE is_counted AND quote_id > 0 AND order_id = 0
    GROUP BY quote_id
) AS d ON d.quote_id = q.quote_id
WHERE NOT q.is_draft AND q.quoted_on IS NOT NULL
GROUP BY entity, month;
