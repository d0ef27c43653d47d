-- The balance expected at the end of each of the next thirteen weeks, over all companies.
SELECT
    toString(week_starts_on) AS week,
    sum(customers_in) AS money_in,
    sum(suppliers_out) + sum(charges_out) AS money_out,
    sum(balance_at_end) AS balance
FROM {database}.v_treasury_13_weeks
GROUP BY week_starts_on
ORDER BY week_starts_on
