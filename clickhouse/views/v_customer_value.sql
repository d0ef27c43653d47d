-- What each customer is worth: turnover (validated invoices without tax, credit notes deducted) in all, in the last twelve
-- months and in the twelve before, margin, what is still owed and overdue, how many days it takes to pay, its tickets and
-- interventions, and its share of the company's turnover of the last twelve months. Only customers with any of them.
SELECT
    c.customer_id AS customer_id,
    c.entity AS entity,
    c.name AS name,
    c.town AS town,
    i.invoices AS invoices,
    i.turnover AS turnover,
    i.turnover_12_months AS turnover_12_months,
    i.turnover_before AS turnover_previous_12_months,
    i.margin AS margin,
    if(i.turnover > 0, 100 * i.margin / i.turnover, NULL) AS margin_percent,
    i.open_amount AS open_amount,
    i.overdue_amount AS overdue_amount,
    i.mean_days_to_pay AS mean_days_to_pay,
    i.last_invoiced_on AS last_invoiced_on,
    t.tickets AS tickets,
    t.open_tickets AS open_tickets,
    v.interventions AS interventions,
    i.turnover_12_months / nullIf(sum(i.turnover_12_months) OVER (PARTITION BY c.entity), 0) AS share_12_months
FROM {dim_customer} AS c
LEFT JOIN
(
    SELECT
        customer_id,
        countIf(is_counted) AS invoices,
        sumIf(total_ht, is_counted) AS turnover,
        sumIf(total_ht, is_counted AND invoiced_on > {today} - toIntervalMonth(12) AND invoiced_on <= {today}) AS turnover_12_months,
        sumIf(total_ht, is_counted AND invoiced_on > {today} - toIntervalMonth(24) AND invoiced_on <= {today} - toIntervalMonth(12)) AS turnover_before,
        sumIf(margin, is_counted) AS margin,
        sum(x.open_amount) AS open_amount,
        sumIf(x.open_amount, due_on < {today}) AS overdue_amount,
        avg(days_to_pay) AS mean_days_to_pay,
        maxOrNullIf(invoiced_on, is_counted) AS last_invoiced_on
    FROM {fact_invoices} AS x
    GROUP BY customer_id
) AS i ON i.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, count() AS tickets, countIf(NOT is_closed) AS open_tickets
    FROM {fact_tickets}
    GROUP BY customer_id
) AS t ON t.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, countIf(NOT is_draft) AS interventions
    FROM {fact_interventions}
    GROUP BY customer_id
) AS v ON v.customer_id = c.customer_id
WHERE i.invoices > 0 OR t.tickets > 0 OR v.interventions > 0;
