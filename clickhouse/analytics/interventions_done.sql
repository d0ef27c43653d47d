-- Interventions that are done, with their hours, in time order: what durations are learnt from. Its technician is the first
-- of those who carried it out.
SELECT
    i.intervention_id AS intervention_id,
    i.ref AS ref,
    i.kind AS kind,
    i.city AS city,
    i.customer_id AS customer_id,
    d.name AS technician,
    i.estimated_hours AS estimated_hours,
    i.actual_hours AS actual_hours,
    i.cost AS cost,
    i.satisfaction AS satisfaction,
    toString(coalesce(i.last_visit_on, i.planned_on, toDate32(i.validated_at), toDate32(i.created_at), toDate32('1970-01-01'))) AS done_on
FROM (SELECT * FROM {database}.fact_interventions FINAL) AS i
LEFT JOIN (SELECT * FROM {database}.dim_technician FINAL) AS d ON d.technician_id = i.technicians[1]
WHERE i.is_done AND i.actual_hours > 0
ORDER BY done_on, intervention_id
