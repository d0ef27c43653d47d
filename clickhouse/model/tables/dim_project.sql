-- Projects (building sites), one row each, with what their tasks plan: hours, and progress weighted by planned hours.
--
-- key: project_id
-- touched by: llx_projet (rowid)
-- touched by: llx_projet_task (fk_projet)
-- touched by: llx_projet_extrafields (fk_object)
CREATE TABLE {table}
(
    project_id Int64,
    entity Int32,
    ref String,
    title String,
    customer_id Int64 COMMENT '0: none',
    status Int8 COMMENT '0 draft, 1 open, 2 closed',
    created_at Nullable(DateTime64(0, 'UTC')),
    starts_on Nullable(Date32),
    ends_on Nullable(Date32) COMMENT 'planned end',
    closed_at Nullable(DateTime64(0, 'UTC')) COMMENT 'null while it is not closed',
    budget Float64 COMMENT 'without tax; 0: none given',
    opportunity_amount Float64,
    opportunity_percent Float64,
    tasks UInt32,
    planned_hours Float64,
    progress Float64 COMMENT 'declared, 0 to 100, weighted by planned hours',
    city String COMMENT 'extrafield',
    site_manager String COMMENT 'extrafield',
    surface Nullable(Float64) COMMENT 'extrafield, m²',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY project_id
SETTINGS {settings};

SELECT
    p.rowid AS project_id,
    p.entity AS entity,
    p.ref AS ref,
    p.title AS title,
    p.fk_soc AS customer_id,
    ifNull(p.fk_statut, 0) AS status,
    p.datec AS created_at,
    p.dateo AS starts_on,
    p.datee AS ends_on,
    if(status = 2, p.date_close, NULL) AS closed_at,
    ifNull(p.budget_amount, 0) AS budget,
    ifNull(p.opp_amount, 0) AS opportunity_amount,
    ifNull(p.opp_percent, 0) AS opportunity_percent,
    t.tasks AS tasks,
    t.all_seconds / 3600 AS planned_hours,
    if(t.all_seconds > 0, t.done_seconds / t.all_seconds, t.mean_progress) AS progress,
    e.city AS city,
    e.site_manager AS site_manager,
    e.surface AS surface
FROM {llx_projet by rowid} AS p
LEFT JOIN
(
    SELECT
        project_id,
        count() AS tasks,
        sum(planned_seconds) AS all_seconds,
        sum(planned_seconds * progress) AS done_seconds,
        avg(progress) AS mean_progress
    FROM {tasks_by_project by project_id}
    GROUP BY project_id
) AS t ON t.project_id = p.rowid
LEFT JOIN
(
    SELECT fk_object, argMax(city, rowid) AS city, argMax(site_manager, rowid) AS site_manager, argMax(tuple(surface), rowid).1 AS surface
    FROM {project_fields by fk_object}
    GROUP BY fk_object
) AS e ON e.fk_object = p.rowid;
