-- Quotes, one row each.
--
-- key: quote_id
-- touched by: llx_propal (rowid)
CREATE TABLE {table}
(
    quote_id Int64,
    entity Int32,
    ref String,
    status Int8 COMMENT '0 draft, 1 open, 2 signed, 3 refused, 4 billed, -1 cancelled',
    is_draft UInt8,
    is_signed UInt8 COMMENT 'signed or billed',
    is_refused UInt8,
    customer_id Int64,
    project_id Int64 COMMENT '0: none',
    author_id Int64,
    quoted_on Nullable(Date32),
    valid_until Nullable(Date32),
    answered_on Nullable(Date32) COMMENT 'signed or refused',
    total_ht Float64 COMMENT 'EUR without tax',
    total_ttc Float64 COMMENT 'EUR with tax',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY quote_id
SETTINGS {settings};

SELECT
    q.rowid AS quote_id,
    q.entity AS entity,
    q.ref AS ref,
    ifNull(q.fk_statut, 0) AS status,
    status = 0 AS is_draft,
    status IN (2, 4) AS is_signed,
    status = 3 AS is_refused,
    q.fk_soc AS customer_id,
    q.fk_projet AS project_id,
    q.fk_user_author AS author_id,
    q.datep AS quoted_on,
    toDate32(q.fin_validite) AS valid_until,
    if(status IN (2, 3, 4), toDate32(coalesce(q.date_signature, q.date_cloture)), NULL) AS answered_on,
    ifNull(q.total_ht, 0) AS total_ht,
    ifNull(q.total_ttc, 0) AS total_ttc
FROM {llx_propal by rowid} AS q;
