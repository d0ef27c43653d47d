-- Tasks in the order of their project, so that a project's are found without reading the others'.
--
-- internal
-- key: (project_id, task_id)
-- touched by: llx_projet_task (fk_projet, rowid)
CREATE TABLE {table}
(
    project_id Int64,
    task_id Int64,
    planned_seconds Float64,
    progress Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (project_id, task_id)
SETTINGS {settings};

SELECT t.fk_projet, t.rowid, ifNull(t.planned_workload, 0), ifNull(t.progress, 0)
FROM {llx_projet_task by rowid} AS t;
