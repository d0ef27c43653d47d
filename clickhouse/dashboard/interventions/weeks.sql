-- Hours taken against hours estimated, week by week over half a year, of what was done and had an estimate.
SELECT
    toString(toMonday(assumeNotNull(coalesce(last_visit_on, planned_on)))) AS week,
    toFloat64(count()) AS done,
    sum(actual_hours) AS actual,
    sum(ifNull(estimated_hours, 0)) AS estimated
FROM {database}.fact_interventions
WHERE is_done AND estimated_hours > 0
    AND coalesce(last_visit_on, planned_on) >= toMonday(toDate32({today:String})) - 7 * 26
    AND coalesce(last_visit_on, planned_on) <= toDate32({today:String})
GROUP BY week
ORDER BY week
