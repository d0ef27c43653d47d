-- What is missing in Dolibarr, and how much of it: a figure rests on what was entered. `bad` of `total` records.
SELECT 'intervention_technician' AS check, countIf(empty(technicians)) AS bad, count() AS total FROM {database}.fact_interventions WHERE NOT is_draft
UNION ALL
SELECT 'intervention_estimate', countIf(ifNull(estimated_hours, 0) <= 0), count() FROM {database}.fact_interventions WHERE NOT is_draft
UNION ALL
SELECT 'intervention_hours', countIf(actual_hours <= 0), count() FROM {database}.fact_interventions WHERE is_done
UNION ALL
SELECT 'intervention_satisfaction', countIf(satisfaction IS NULL), count() FROM {database}.fact_interventions WHERE is_done
UNION ALL
SELECT 'ticket_assigned', countIf(technician_id = 0), count() FROM {database}.fact_tickets WHERE NOT is_closed
UNION ALL
SELECT 'ticket_customer', countIf(customer_id = 0), count() FROM {database}.fact_tickets
UNION ALL
SELECT 'site_budget', countIf(budget <= 0), count() FROM {database}.dim_project WHERE status = 1
UNION ALL
SELECT 'site_end', countIf(ends_on IS NULL), count() FROM {database}.dim_project WHERE status = 1
UNION ALL
SELECT 'product_cost', countIf(average_cost <= 0), count() FROM {database}.dim_product WHERE NOT is_service
UNION ALL
SELECT 'product_alert', countIf(ifNull(alert_quantity, 0) <= 0), count() FROM {database}.dim_product WHERE NOT is_service
UNION ALL
SELECT 'invoice_due', countIf(due_on IS NULL), count() FROM {database}.fact_invoices WHERE is_counted
UNION ALL
SELECT 'user_cost', countIf(ifNull(hourly_cost, 0) <= 0), count() FROM {database}.dim_technician WHERE is_active AND is_employee
