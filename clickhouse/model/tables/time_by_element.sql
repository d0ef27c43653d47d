-- Entries of time in the order of the record they were spent on.
--
-- internal
-- key: (element_id, time_id)
-- touched by: llx_element_time (fk_element, rowid)
CREATE TABLE {table}
(
    element_id Int64,
    time_id Int64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (element_id, time_id)
SETTINGS {settings};

SELECT t.fk_element, t.rowid
FROM {llx_element_time by rowid} AS t;
