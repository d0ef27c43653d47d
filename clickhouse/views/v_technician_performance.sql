-- What each technician does: tickets assigned and solved, with the mean hours from creation to closing; interventions carried
-- out (as one of their technicians), the hours they took against those estimated, the customers' satisfaction (1 to 5), the
-- share of interventions that took more than half again what was estimated (overruns); and the hours and cost of the time
-- entered on tasks. Everybody of a crew is credited with the whole intervention.
SELECT
    d.technician_id AS technician_id,
    d.entity AS entity,
    d.name AS name,
    d.job AS job,
    d.is_active AS is_active,
    t.tickets AS tickets,
    t.solved AS tickets_solved,
    t.open AS tickets_open,
    t.mean_hours_to_resolve AS mean_hours_to_resolve,
    i.interventions AS interventions,
    i.done AS interventions_done,
    i.hours_estimated AS estimated_hours,
    i.hours_taken AS actual_hours,
    i.mean_satisfaction AS mean_satisfaction,
    i.overruns AS overruns,
    if(i.rated = 0, NULL, i.overruns / i.rated) AS overrun_rate,
    w.hours AS hours_entered,
    w.cost AS cost_entered
FROM {dim_technician} AS d
LEFT JOIN
(
    SELECT
        technician_id,
        count() AS tickets,
        countIf(is_solved) AS solved,
        countIf(NOT is_closed) AS open,
        avg(hours_to_resolve) AS mean_hours_to_resolve
    FROM {fact_tickets}
    WHERE technician_id > 0
    GROUP BY technician_id
) AS t ON t.technician_id = d.technician_id
LEFT JOIN
(
    SELECT
        arrayJoin(technicians) AS technician_id,
        count() AS interventions,
        countIf(is_done) AS done,
        sumIf(ifNull(estimated_hours, 0), is_done AND estimated_hours > 0) AS hours_estimated,
        sumIf(actual_hours, is_done) AS hours_taken,
        avg(satisfaction) AS mean_satisfaction,
        countIf(is_done AND estimated_hours > 0) AS rated,
        countIf(is_done AND estimated_hours > 0 AND actual_hours > 1.5 * estimated_hours) AS overruns
    FROM {fact_interventions}
    WHERE NOT is_draft
    GROUP BY technician_id
) AS i ON i.technician_id = d.technician_id
LEFT JOIN
(
    SELECT technician_id, sum(hours) AS hours, sum(cost) AS cost
    FROM {fact_time}
    GROUP BY technician_id
) AS w ON w.technician_id = d.technician_id
WHERE t.tickets > 0 OR i.interventions > 0 OR w.hours > 0;
