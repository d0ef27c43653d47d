-- Hours that people entered for each project; 0 is no project.
--
-- tables: llx_element_time, llx_projet_task
SELECT
    CAST(IFNULL(k.fk_projet, 0) AS CHAR) AS group_key,
    COUNT(*) AS entries,
    SUM(IFNULL(t.element_duration, 0)) / 3600 AS hours
FROM llx_element_time AS t
LEFT JOIN llx_projet_task AS k ON k.rowid = t.fk_element AND t.elementtype = 'task'
GROUP BY group_key
