-- Orders to suppliers, one row each, with what was received of them and when.
--
-- key: order_id
-- touched by: llx_commande_fournisseur (rowid)
-- touched by: llx_receptiondet_batch (fk_element)
CREATE TABLE {table}
(
    order_id Int64,
    entity Int32,
    ref String,
    status Int8 COMMENT '0 draft, 1 validated, 2 approved, 3 ordered, 4 received in part, 5 received, 6 7 cancelled, 9 refused',
    is_ordered UInt8 COMMENT 'sent to the supplier: ordered or received',
    is_received UInt8 COMMENT 'all of it',
    supplier_id Int64,
    project_id Int64 COMMENT '0: none',
    ordered_on Nullable(Date32),
    promised_on Nullable(Date32) COMMENT 'planned delivery',
    first_received_on Nullable(Date32),
    last_received_on Nullable(Date32),
    receptions UInt32,
    received_quantity Float64,
    lead_days Nullable(Int32) COMMENT 'order to last reception, of what is received',
    days_late Nullable(Int32) COMMENT 'last reception after the planned delivery; negative: early',
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
    status IN (3, 4, 5) AS is_ordered,
    status = 5 AS is_received,
    o.fk_soc AS supplier_id,
    o.fk_projet AS project_id,
    coalesce(o.date_commande, toDate32(o.date_valid)) AS ordered_on,
    toDate32(o.date_livraison) AS promised_on,
    toDate32(r.first_received_at) AS first_received_on,
    toDate32(r.last_received_at) AS last_received_on,
    r.receptions AS receptions,
    r.quantity AS received_quantity,
    if(is_received, dateDiff('day', ordered_on, last_received_on), NULL) AS lead_days,
    if(is_received, dateDiff('day', promised_on, last_received_on), NULL) AS days_late,
    ifNull(o.total_ht, 0) AS total_ht,
    ifNull(o.total_ttc, 0) AS total_ttc
FROM {llx_commande_fournisseur by rowid} AS o
LEFT JOIN
(
    SELECT
        order_id,
        min(received_at) AS first_received_at,
        max(received_at) AS last_received_at,
        count() AS receptions,
        sum(quantity) AS quantity
    FROM {supplier_receptions by order_id}
    GROUP BY order_id
) AS r ON r.order_id = o.rowid;
