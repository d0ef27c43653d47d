-- Lines of the bank accounts: what came in and went out.
--
-- key: line_id
-- touched by: llx_bank (rowid)
-- rebuilt by: llx_bank_account (entity) on change
CREATE TABLE {table}
(
    line_id Int64,
    entity Int32 COMMENT 'of the account',
    account_id Int64,
    operated_on Nullable(Date32),
    value_on Nullable(Date32),
    amount Float64 COMMENT 'EUR, negative goes out',
    label String,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY line_id
SETTINGS {settings};

SELECT b.rowid, a.entity, b.fk_account, b.dateo, b.datev, ifNull(b.amount, 0), b.label
FROM {llx_bank by rowid} AS b
LEFT JOIN {llx_bank_account} AS a ON a.rowid = b.fk_account;
