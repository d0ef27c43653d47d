-- Tickets that came in and those that were solved, week by week over half a year.
SELECT toString(w.week) AS week, toFloat64(sum(came)) AS created, toFloat64(sum(went)) AS closed
FROM
(
    SELECT toMonday(toDate32(created_at)) AS week, 1 AS came, 0 AS went FROM {database}.fact_tickets WHERE created_at IS NOT NULL
    UNION ALL
    SELECT toMonday(toDate32(closed_at)), 0, 1 FROM {database}.fact_tickets WHERE closed_at IS NOT NULL
) AS w
WHERE w.week >= toMonday(toDate32({today:String})) - 7 * 26 AND w.week <= toDate32({today:String})
GROUP BY w.week
ORDER BY w.week
