-- Events of the agenda: appointments, calls, what Dolibarr records by itself, and the messages of tickets. In the order of
-- the record they belong to.
--
-- key: (element_id, event_id)
-- touched by: llx_actioncomm (fk_element, id)
CREATE TABLE {table}
(
    element_id Int64 COMMENT '0: none',
    event_id Int64,
    entity Int32,
    element_type LowCardinality(String),
    code LowCardinality(String),
    label String,
    happened_at Nullable(DateTime64(0, 'UTC')),
    ended_at Nullable(DateTime64(0, 'UTC')),
    is_automatic UInt8 COMMENT 'recorded by Dolibarr itself',
    is_done UInt8,
    author_id Int64,
    owner_id Int64,
    customer_id Int64,
    project_id Int64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (element_id, event_id)
SETTINGS {settings};

SELECT
    a.fk_element AS element_id,
    a.id AS event_id,
    a.entity AS entity,
    a.elementtype AS element_type,
    a.code AS code,
    a.label AS label,
    a.datep AS happened_at,
    a.datep2 AS ended_at,
    ifNull(a.percent, 0) = -1 AS is_automatic,
    ifNull(a.percent, 0) = 100 AS is_done,
    a.fk_user_author AS author_id,
    a.fk_user_action AS owner_id,
    a.fk_soc AS customer_id,
    a.fk_project AS project_id
FROM {llx_actioncomm by id} AS a;
