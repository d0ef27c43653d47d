-- Sites under way; those heading furthest over their budget first.
SELECT
    ref, title, customer, toString(starts_on) AS starts_on, toString(ends_on) AS ends_on, is_late, budget, spent,
    labour_cost, material_cost, supplier_cost, invoiced, margin, progress, forecast_at_completion AS forecast,
    budget_used_percent AS used_percent, open_tickets
FROM {database}.v_active_projects
ORDER BY if(budget > 0, forecast_at_completion / budget, 0) DESC, is_late DESC, ref
LIMIT 100
