-- All customers together.
SELECT
    countIf(turnover_12_months > 0) AS active,
    sum(turnover_12_months) AS turnover,
    sum(turnover_previous_12_months) AS turnover_before,
    sum(open_amount) AS owed,
    sum(overdue_amount) AS overdue,
    avg(mean_days_to_pay) AS days_to_pay
FROM {database}.v_customer_value
