-- The firm on one line. Each figure of this month stands beside the same days of the month before; month to date against month to date.
WITH
    toDate32({today:String}) AS today,
    toStartOfMonth(today) AS month,
    toStartOfMonth(today - toIntervalMonth(1)) AS month_before,
    least(today - toIntervalMonth(1), month - 1) AS day_before
SELECT
    (SELECT sum(total_ht) FROM {database}.fact_invoices WHERE is_counted AND invoiced_on BETWEEN month AND today) AS invoiced,
    (SELECT sum(total_ht) FROM {database}.fact_invoices WHERE is_counted AND invoiced_on BETWEEN month_before AND day_before) AS invoiced_before,
    (SELECT sum(open_amount) FROM {database}.fact_invoices) AS owed,
    (SELECT sum(open_amount) FROM {database}.fact_invoices WHERE coalesce(due_on, invoiced_on) < today) AS overdue,
    (SELECT countIf(NOT is_closed) FROM {database}.fact_tickets) AS open_tickets,
    (SELECT count() FROM {database}.fact_tickets WHERE created_at < today - 30 AND (closed_at IS NULL AND NOT is_closed OR closed_at >= today - 30)) AS open_tickets_before,
    (SELECT countIf(NOT is_closed AND severity IN ('HIGH', 'BLOCKING')) FROM {database}.fact_tickets) AS urgent_tickets,
    (SELECT count() FROM {database}.fact_interventions WHERE is_done AND coalesce(last_visit_on, planned_on) BETWEEN month AND today) AS interventions,
    (SELECT count() FROM {database}.fact_interventions WHERE is_done AND coalesce(last_visit_on, planned_on) BETWEEN month_before AND day_before) AS interventions_before,
    (SELECT count() FROM {database}.fact_interventions WHERE status = 1 AND planned_on < today) AS late_interventions,
    (SELECT count() FROM {database}.v_active_projects) AS sites,
    (SELECT countIf(budget > 0 AND forecast_at_completion > budget) FROM {database}.v_active_projects) AS sites_over,
    (SELECT countIf(is_below_alert) FROM {database}.v_stock_rotation) AS stock_low,
    (SELECT sum(value) FROM {database}.v_stock_rotation) AS stock_value,
    (SELECT count() FROM {database}.alerts WHERE raised_at >= now64(3) - toIntervalDay(7)) AS alerts_week
