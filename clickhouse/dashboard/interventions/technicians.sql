-- What each technician does.
SELECT
    name, interventions_done AS done, estimated_hours AS estimated, actual_hours AS actual,
    if(estimated_hours > 0, 100 * (actual_hours / estimated_hours - 1), NULL) AS over_percent,
    100 * overrun_rate AS overrun_percent, mean_satisfaction AS satisfaction, tickets_open
FROM {database}.v_technician_performance
WHERE interventions_done > 0 OR tickets_open > 0
ORDER BY interventions_done DESC, name
LIMIT 40
