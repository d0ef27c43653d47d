-- Customers' orders, one row each.
--
-- key: order_id
-- touched by: llx_commande (rowid)
-- touched by: llx_element_element (fk_target) when targettype = 'commande'
CREATE TABLE {table}
(
    order_id Int64,
    entity Int32,
    ref String,
    status Int8 COMMENT '-1 cancelled, 0 draft, 1 validated, 2 in process, 3 delivered',
    is_counted UInt8 COMMENT 'neither draft nor cancelled',
    is_billed UInt8,
    customer_id Int64,
    project_id Int64 COMMENT '0: none',
    author_id Int64,
    quote_id Int64 COMMENT 'it came of; 0: none',
    ordered_on Nullable(Date32),
    total_ht Float64 COMMENT 'EUR without tax',
    total_ttc Float64 COMMENT 'EUR with tax',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY order_id
SETTINGS {settings};

SELECT
    o.rowid AS order_id,
    o.entity AS entity,
    o.ref AS ref,
    ifNull(o.fk_statut, 0) AS status,
    status > 0 AS is_counted,
    ifNull(o.facture, 0) > 0 AS is_billed,
    o.fk_soc AS customer_id,
    o.fk_projet AS project_id,
    o.fk_user_author AS author_id,
    k.quote_id AS quote_id,
    ifNull(o.date_commande, toDate32(o.date_creation)) AS ordered_on,
    ifNull(o.total_ht, 0) AS total_ht,
    ifNull(o.total_ttc, 0) AS total_ttc
FROM {llx_commande by rowid} AS o
LEFT JOIN
(
    SELECT target_id, max(source_id) AS quote_id
    FROM {document_links by target_id}
    WHERE target_type = 'commande' AND source_type = 'propal'
    GROUP BY target_id
) AS k ON k.target_id = o.rowid;
