-- The last thirty days beside the thirty before.
WITH
    toDate32({today:String}) AS today,
    coalesce(i.last_visit_on, i.planned_on) AS day,
    day > today - 30 AND day <= today AS is_now,
    day > today - 60 AND day <= today - 30 AS is_before
SELECT
    countIf(is_done AND is_now) AS done,
    countIf(is_done AND is_before) AS done_before,
    sumIf(actual_hours, is_done AND is_now) AS hours,
    sumIf(actual_hours, is_done AND is_before) AS hours_before,
    avgIf(i.satisfaction, is_done AND is_now) AS satisfaction,
    avgIf(i.satisfaction, is_done AND is_before) AS satisfaction_before,
    countIf(is_done AND is_now AND estimated_hours > 0 AND actual_hours > 1.5 * estimated_hours) AS overruns,
    countIf(is_done AND is_before AND estimated_hours > 0 AND actual_hours > 1.5 * estimated_hours) AS overruns_before,
    countIf(status = 1 AND planned_on < today) AS late,
    countIf(status = 1 AND planned_on BETWEEN today AND today + 7) AS planned_week
FROM {database}.fact_interventions AS i
