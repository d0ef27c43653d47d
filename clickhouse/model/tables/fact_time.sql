-- Time that people spent, one row per entry, on a task or another record. Its cost is at the hourly cost that Dolibarr kept
-- when it was entered.
--
-- key: time_id
-- touched by: llx_element_time (rowid)
-- touched by: llx_projet_task (rowid) via time_by_element (element_id)
CREATE TABLE {table}
(
    time_id Int64,
    element_id Int64,
    entity Int32 COMMENT 'of the task; 0 where there is none',
    element_type LowCardinality(String),
    task_id Int64 COMMENT '0: not a task',
    project_id Int64 COMMENT '0: none',
    technician_id Int64,
    worked_on Nullable(Date32),
    hours Float64,
    cost Float64 COMMENT 'EUR',
    invoice_id Int64 COMMENT '0: not billed',
    intervention_id Int64 COMMENT '0: none',
    {bookkeeping}
)
ENGINE = {engine}
PARTITION BY intDiv(time_id, 200000)
ORDER BY time_id
SETTINGS {settings};

SELECT
    t.rowid AS time_id,
    t.fk_element AS element_id,
    if(task_id > 0, k.entity, 0) AS entity,
    t.elementtype AS element_type,
    if(t.elementtype = 'task', t.fk_element, 0) AS task_id,
    if(task_id > 0, k.fk_projet, 0) AS project_id,
    t.fk_user AS technician_id,
    t.element_date AS worked_on,
    ifNull(t.element_duration, 0) / 3600 AS hours,
    hours * ifNull(t.thm, 0) AS cost,
    t.invoice_id AS invoice_id,
    t.intervention_id AS intervention_id
FROM {llx_element_time by rowid} AS t
LEFT JOIN {llx_projet_task by rowid from llx_element_time.fk_element by rowid} AS k ON k.rowid = t.fk_element;
