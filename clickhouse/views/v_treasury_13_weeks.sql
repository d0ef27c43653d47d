-- Cash for the next thirteen weeks, week by week from Monday: what customers should pay (open invoices by due date; what is
-- overdue is put into the first week), less suppliers' open invoices, unpaid social charges, VAT and salaries, all with tax.
-- It starts from the bank's lines up to today. Later weeks know only what is invoiced already.
WITH
    toMonday({today}) AS this_monday,
    flows AS
    (
        SELECT entity, coalesce(due_on, invoiced_on, {today}) AS day, open_amount AS money_in, 0 AS suppliers, 0 AS charges
        FROM {fact_invoices}
        WHERE open_amount != 0
        UNION ALL
        SELECT entity, coalesce(due_on, invoiced_on, {today}), 0, open_amount, 0
        FROM {fact_supplier_invoices}
        WHERE open_amount != 0
        UNION ALL
        SELECT entity, coalesce(date_ech, {today}), 0, 0, ifNull(amount, 0) FROM {llx_chargesociales} WHERE ifNull(paye, 0) = 0
        UNION ALL
        SELECT entity, coalesce(datev, datep, {today}), 0, 0, ifNull(amount, 0) FROM {llx_tva} WHERE ifNull(paye, 0) = 0
        UNION ALL
        SELECT entity, coalesce(datep, dateep, {today}), 0, 0, ifNull(amount, 0) FROM {llx_salary} WHERE ifNull(paye, 0) = 0
    ),
    by_week AS
    (
        SELECT
            entity,
            greatest(0, intDiv(dateDiff('day', this_monday, day), 7)) AS week,
            sum(money_in) AS money_in,
            sum(suppliers) AS suppliers,
            sum(charges) AS charges
        FROM flows
        GROUP BY entity, week
        HAVING week < 13
    ),
    bank AS
    (
        SELECT entity, sum(amount) AS balance FROM {fact_bank} WHERE operated_on <= {today} GROUP BY entity
    ),
    entities AS (SELECT entity FROM by_week UNION DISTINCT SELECT entity FROM bank)
SELECT
    e.entity AS entity,
    n.number AS week,
    this_monday + 7 * n.number AS week_starts_on,
    b.balance AS bank_balance,
    w.money_in AS customers_in,
    w.suppliers AS suppliers_out,
    w.charges AS charges_out,
    w.money_in - w.suppliers - w.charges AS net,
    b.balance + sum(net) OVER (PARTITION BY e.entity ORDER BY n.number) AS balance_at_end
FROM entities AS e
CROSS JOIN (SELECT toInt64(number) AS number FROM numbers(13)) AS n
LEFT JOIN by_week AS w ON w.entity = e.entity AND w.week = n.number
LEFT JOIN bank AS b ON b.entity = e.entity;
