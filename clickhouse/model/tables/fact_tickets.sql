-- One row per ticket. Closed is what its status says: a reopened ticket keeps its closing date in Dolibarr, and one closed
-- through the API has none. A ticket's first response is the first message that a user wrote to the customer.
--
-- key: ticket_id
-- touched by: llx_ticket (rowid)
-- touched by: llx_ticket_extrafields (fk_object)
-- touched by: llx_actioncomm (fk_element) when elementtype = 'ticket' and code = 'TICKET_MSG'
CREATE TABLE {table}
(
    ticket_id Int64,
    entity Int32,
    ref String,
    subject String,
    customer_id Int64 COMMENT '0: none',
    project_id Int64 COMMENT '0: none',
    contract_id Int64 COMMENT '0: none',
    technician_id Int64 COMMENT 'assigned to; 0: nobody',
    author_id Int64,
    type LowCardinality(String),
    category LowCardinality(String),
    severity LowCardinality(String),
    status Int8 COMMENT '0 new, 1 read, 2 assigned, 3 in progress, 5 waiting, 7 on hold, 8 solved, 9 cancelled',
    is_closed UInt8 COMMENT 'solved or cancelled',
    is_solved UInt8,
    is_reopened UInt8 COMMENT 'open, but was closed before',
    progress Int16,
    created_at Nullable(DateTime64(0, 'UTC')) COMMENT 'wall clock of Dolibarr',
    created_month Date32 COMMENT '1900-01-01 where there is no date',
    read_at Nullable(DateTime64(0, 'UTC')),
    closed_at Nullable(DateTime64(0, 'UTC')) COMMENT 'null while open',
    first_response_at Nullable(DateTime64(0, 'UTC')),
    hours_to_resolve Nullable(Float64) COMMENT 'solved tickets: creation to closing, by the clock',
    hours_to_first_response Nullable(Float64),
    messages UInt32 COMMENT 'messages to the customer',
    kind String COMMENT 'extrafield',
    estimated_hours Nullable(Float64) COMMENT 'extrafield',
    actual_hours Nullable(Float64) COMMENT 'extrafield',
    satisfaction Nullable(Float64) COMMENT 'extrafield, 1 to 5',
    cost Nullable(Float64) COMMENT 'extrafield, EUR',
    city String COMMENT 'extrafield',
    {bookkeeping}
)
ENGINE = {engine}
PARTITION BY intDiv(ticket_id, 200000)
ORDER BY ticket_id
SETTINGS {settings};

SELECT
    t.rowid AS ticket_id,
    t.entity AS entity,
    t.ref AS ref,
    t.subject AS subject,
    t.fk_soc AS customer_id,
    t.fk_project AS project_id,
    t.fk_contract AS contract_id,
    t.fk_user_assign AS technician_id,
    t.fk_user_create AS author_id,
    t.type_code AS type,
    t.category_code AS category,
    t.severity_code AS severity,
    ifNull(t.fk_statut, 0) AS status,
    status IN (8, 9) AS is_closed,
    status = 8 AS is_solved,
    NOT is_closed AND t.date_close IS NOT NULL AS is_reopened,
    ifNull(t.progress, 0) AS progress,
    t.datec AS created_at,
    ifNull(toDate32(t.datec) - (toDayOfMonth(t.datec) - 1), toDate32('1900-01-01')) AS created_month,
    t.date_read AS read_at,
    if(is_closed, t.date_close, NULL) AS closed_at,
    m.first_message_at AS first_response_at,
    if(is_solved AND t.date_close >= t.datec, dateDiff('second', t.datec, t.date_close) / 3600, NULL) AS hours_to_resolve,
    if(m.first_message_at >= t.datec, dateDiff('second', t.datec, m.first_message_at) / 3600, NULL) AS hours_to_first_response,
    m.messages AS messages,
    e.kind AS kind,
    e.estimated_hours AS estimated_hours,
    e.actual_hours AS actual_hours,
    e.satisfaction AS satisfaction,
    e.cost AS cost,
    e.city AS city
FROM {llx_ticket by rowid} AS t
LEFT JOIN
(
    SELECT element_id, min(happened_at) AS first_message_at, count() AS messages
    FROM {fact_events by element_id}
    WHERE element_type = 'ticket' AND code = 'TICKET_MSG' AND author_id > 0
    GROUP BY element_id
) AS m ON m.element_id = t.rowid
LEFT JOIN
(
    SELECT
        fk_object,
        argMax(kind, rowid) AS kind,
        argMax(tuple(estimated_hours), rowid).1 AS estimated_hours,
        argMax(tuple(actual_hours), rowid).1 AS actual_hours,
        argMax(tuple(satisfaction), rowid).1 AS satisfaction,
        argMax(tuple(cost), rowid).1 AS cost,
        argMax(city, rowid) AS city
    FROM {ticket_fields by fk_object}
    GROUP BY fk_object
) AS e ON e.fk_object = t.rowid;
