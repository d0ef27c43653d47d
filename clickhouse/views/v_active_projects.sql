-- Projects under way: what was planned, what was spent, and where they are heading. Spent is the cost of time entered on
-- the tasks, materials taken out of stock (less what came back) and suppliers' validated invoices, without tax. The forecast
-- at completion is what was spent divided by the declared progress; below 5 % of progress it is the budget, and it is never
-- less than what is spent already. Margin is what was invoiced (credit notes deducted) less what was spent.
SELECT
    p.project_id AS project_id,
    p.entity AS entity,
    p.ref AS ref,
    p.title AS title,
    p.customer_id AS customer_id,
    c.name AS customer,
    p.starts_on AS starts_on,
    p.ends_on AS ends_on,
    ifNull(p.ends_on < {today}, 0) AS is_late,
    p.budget AS budget,
    p.planned_hours AS planned_hours,
    p.progress AS progress,
    s.hours AS hours,
    s.labour_cost AS labour_cost,
    s.material_cost AS material_cost,
    s.supplier_cost AS supplier_cost,
    s.spent AS spent,
    s.invoiced AS invoiced,
    s.margin AS margin,
    p.budget - s.spent AS budget_left,
    if(p.budget > 0, 100 * s.spent / p.budget, NULL) AS budget_used_percent,
    greatest(s.spent, if(p.progress >= 5, s.spent / (p.progress / 100), p.budget)) AS forecast_at_completion,
    forecast_at_completion - p.budget AS forecast_overrun,
    t.open_tickets AS open_tickets
FROM {dim_project} AS p
INNER JOIN {v_site_profitability} AS s ON s.project_id = p.project_id
LEFT JOIN {dim_customer} AS c ON c.customer_id = p.customer_id
LEFT JOIN
(
    SELECT project_id, count() AS open_tickets
    FROM {fact_tickets}
    WHERE NOT is_closed AND project_id > 0
    GROUP BY project_id
) AS t ON t.project_id = p.project_id
WHERE p.status = 1;
