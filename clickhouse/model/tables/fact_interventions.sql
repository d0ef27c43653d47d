-- One row per intervention (a visit or several on site). Its hours are the extrafield where one is mapped and filled, else
-- the sum of its lines.
--
-- key: intervention_id
-- touched by: llx_fichinter (rowid)
-- touched by: llx_fichinter_extrafields (fk_object)
-- touched by: llx_fichinterdet (fk_fichinter)
-- touched by: llx_element_contact (element_id)
-- rebuilt by: llx_c_type_contact
CREATE TABLE {table}
(
    intervention_id Int64,
    entity Int32,
    ref String,
    customer_id Int64,
    project_id Int64 COMMENT '0: none',
    contract_id Int64 COMMENT '0: none',
    author_id Int64,
    technicians Array(Int64) COMMENT 'who carries it out',
    status Int8 COMMENT '0 draft, 1 validated, 2 billed, 3 done',
    is_draft UInt8,
    is_done UInt8 COMMENT 'done or billed',
    created_at Nullable(DateTime64(0, 'UTC')),
    validated_at Nullable(DateTime64(0, 'UTC')),
    planned_on Nullable(Date32),
    first_visit_on Nullable(Date32),
    last_visit_on Nullable(Date32),
    visits UInt32,
    recorded_hours Float64 COMMENT 'sum of the lines',
    estimated_hours Nullable(Float64) COMMENT 'extrafield',
    actual_hours Float64,
    satisfaction Nullable(Float64) COMMENT 'extrafield, 1 to 5',
    cost Nullable(Float64) COMMENT 'extrafield, EUR',
    kind String COMMENT 'extrafield',
    city String COMMENT 'extrafield',
    {bookkeeping}
)
ENGINE = {engine}
PARTITION BY intDiv(intervention_id, 200000)
ORDER BY intervention_id
SETTINGS {settings};

SELECT
    i.rowid AS intervention_id,
    i.entity AS entity,
    i.ref AS ref,
    i.fk_soc AS customer_id,
    i.fk_projet AS project_id,
    i.fk_contrat AS contract_id,
    i.fk_user_author AS author_id,
    c.technicians AS technicians,
    ifNull(i.fk_statut, 0) AS status,
    status = 0 AS is_draft,
    status IN (2, 3) AS is_done,
    i.datec AS created_at,
    i.date_valid AS validated_at,
    i.datei AS planned_on,
    toDate32(v.first_visit_at) AS first_visit_on,
    toDate32(v.last_visit_at) AS last_visit_on,
    v.visits AS visits,
    v.seconds / 3600 AS recorded_hours,
    e.estimated_hours AS estimated_hours,
    if(ifNull(e.actual_hours, 0) > 0, ifNull(e.actual_hours, 0), recorded_hours) AS actual_hours,
    e.satisfaction AS satisfaction,
    e.cost AS cost,
    e.kind AS kind,
    e.city AS city
FROM {llx_fichinter by rowid} AS i
LEFT JOIN
(
    SELECT
        intervention_id,
        min(visited_at) AS first_visit_at,
        max(visited_at) AS last_visit_at,
        count() AS visits,
        sum(seconds) AS seconds
    FROM {intervention_visits by intervention_id}
    GROUP BY intervention_id
) AS v ON v.intervention_id = i.rowid
LEFT JOIN
(
    SELECT intervention_id, arraySort(groupUniqArray(technician_id)) AS technicians
    FROM {intervention_technicians by intervention_id}
    GROUP BY intervention_id
) AS c ON c.intervention_id = i.rowid
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
    FROM {intervention_fields by fk_object}
    GROUP BY fk_object
) AS e ON e.fk_object = i.rowid;
