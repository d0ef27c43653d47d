-- Time that people spent, one row per entry, in the order of the task (or other record) it was spent on. Its cost is the
-- hourly cost of the day it was entered.
--
-- key: (element_id, time_id)
-- touched by: llx_element_time (fk_element, rowid)
-- touched by: llx_projet_task (rowid) via fact_time (element_id)
CREATE TABLE {table}
(
    element_id Int64,
    time_id Int64,
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
ORDER BY (element_id, time_id)
SETTINGS {settings};

SELECT
    t.fk_element AS element_id,
    t.rowid AS time_id,
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
