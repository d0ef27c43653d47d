-- Which document came of which, in the order of the one that came later.
--
-- internal
-- key: (target_id, link_id)
-- touched by: llx_element_element (fk_target, rowid)
CREATE TABLE {table}
(
    target_id Int64,
    link_id Int64,
    target_type LowCardinality(String),
    source_id Int64,
    source_type LowCardinality(String),
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (target_id, link_id)
SETTINGS {settings};

SELECT l.fk_target, l.rowid, l.targettype, l.fk_source, l.sourcetype
FROM {llx_element_element by rowid} AS l;
