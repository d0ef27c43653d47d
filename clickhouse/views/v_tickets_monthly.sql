-- Tickets by the month in which they were created: how many came in, how many of those are solved, cancelled or still open,
-- how long solving took by the clock (mean and median hours from creation to closing, solved tickets only), how long
-- customers waited for a first written answer, and what they thought of it (1 to 5). A reopened ticket counts as open.
SELECT
    entity,
    created_month AS month,
    count() AS tickets,
    countIf(is_solved) AS solved,
    countIf(is_closed AND NOT is_solved) AS cancelled,
    countIf(NOT is_closed) AS open,
    countIf(is_reopened) AS reopened,
    countIf(severity IN ('HIGH', 'BLOCKING')) AS urgent,
    avg(hours_to_resolve) AS mean_hours_to_resolve,
    medianExact(hours_to_resolve) AS median_hours_to_resolve,
    avg(hours_to_first_response) AS mean_hours_to_first_response,
    countIf(hours_to_first_response IS NOT NULL) AS answered,
    avg(satisfaction) AS mean_satisfaction
FROM {fact_tickets}
GROUP BY entity, month;
