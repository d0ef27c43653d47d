-- How fresh the source's tables are, kept by the model's stage every few seconds.
CREATE TABLE IF NOT EXISTS {database}.source_freshness
(
    source_table String,
    events UInt64 COMMENT 'row events since the pipeline began, the first copy included',
    last_change_at DateTime64(3, 'UTC') COMMENT 'commit of the newest',
    noted_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY source_table;
