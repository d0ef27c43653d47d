-- Third parties: customers, prospects and suppliers, one row each.
--
-- key: customer_id
-- touched by: llx_societe (rowid)
CREATE TABLE {table}
(
    customer_id Int64,
    entity Int32,
    name String,
    customer_code String,
    supplier_code String,
    zip String,
    town String,
    is_customer UInt8,
    is_prospect UInt8,
    is_supplier UInt8,
    is_open UInt8,
    created_at Nullable(DateTime64(0, 'UTC')) COMMENT 'wall clock of Dolibarr',
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY customer_id
SETTINGS {settings};

SELECT
    s.rowid AS customer_id,
    s.entity AS entity,
    s.nom AS name,
    s.code_client AS customer_code,
    s.code_fournisseur AS supplier_code,
    s.zip AS zip,
    s.town AS town,
    ifNull(s.client, 0) IN (1, 3) AS is_customer,
    ifNull(s.client, 0) IN (2, 3) AS is_prospect,
    ifNull(s.fournisseur, 0) > 0 AS is_supplier,
    ifNull(s.status, 1) > 0 AS is_open,
    s.datec AS created_at
FROM {llx_societe by rowid} AS s;
