-- All sites under way together.
SELECT
    count() AS sites,
    countIf(p.is_late) AS late,
    countIf(p.budget > 0 AND p.forecast_at_completion > p.budget) AS over,
    sum(p.budget) AS budget,
    sum(p.spent) AS spent,
    sum(p.invoiced) AS invoiced,
    sum(p.margin) AS margin,
    sum(p.forecast_at_completion) AS forecast
FROM {database}.v_active_projects AS p
