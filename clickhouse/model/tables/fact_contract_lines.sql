-- Services under contract, one row per line, in the order of the contract.
--
-- key: (contract_id, line_id)
-- touched by: llx_contratdet (fk_contrat, rowid)
-- touched by: llx_contrat (rowid) via fact_contract_lines (contract_id)
CREATE TABLE {table}
(
    contract_id Int64,
    line_id Int64,
    entity Int32,
    ref String COMMENT 'of the contract',
    customer_id Int64,
    project_id Int64,
    product_id Int64,
    status Int8 COMMENT '0 not started, 4 running, 5 closed',
    starts_on Nullable(Date32),
    ends_on Nullable(Date32),
    closed_on Nullable(Date32),
    quantity Float64,
    total_ht Float64 COMMENT 'EUR without tax',
    total_ttc Float64 COMMENT 'EUR with tax',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (contract_id, line_id)
SETTINGS {settings};

SELECT
    l.fk_contrat AS contract_id,
    l.rowid AS line_id,
    c.entity AS entity,
    c.ref AS ref,
    c.fk_soc AS customer_id,
    c.fk_projet AS project_id,
    l.fk_product AS product_id,
    ifNull(l.statut, 0) AS status,
    toDate32(coalesce(l.date_ouverture, l.date_ouverture_prevue)) AS starts_on,
    toDate32(l.date_fin_validite) AS ends_on,
    toDate32(l.date_cloture) AS closed_on,
    ifNull(l.qty, 0) AS quantity,
    ifNull(l.total_ht, 0) AS total_ht,
    ifNull(l.total_ttc, 0) AS total_ttc
FROM {llx_contratdet by rowid} AS l
LEFT JOIN {llx_contrat by rowid from llx_contratdet.fk_contrat by rowid} AS c ON c.rowid = l.fk_contrat;
