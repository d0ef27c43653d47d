-- The customers who bring most.
SELECT
    v.name AS name, v.town AS town, v.turnover_12_months AS turnover, v.turnover_previous_12_months AS turnover_before,
    v.margin_percent AS margin_percent, v.overdue_amount AS overdue, v.mean_days_to_pay AS days_to_pay,
    v.open_tickets AS open_tickets, 100 * v.share_12_months AS share
FROM {database}.v_customer_value AS v
WHERE v.turnover_12_months > 0
ORDER BY v.turnover_12_months DESC, name
LIMIT 30
