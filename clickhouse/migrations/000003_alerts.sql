-- Anomalies as they were raised, once each. The columns are those of schemas/alert.avsc.
CREATE TABLE IF NOT EXISTS {warehouse_database}.alerts
(
    id String,
    rule LowCardinality(String),
    severity Int32 COMMENT '0 to 100',
    entity Int32,
    subject_type LowCardinality(String),
    subject_id Int64,
    subject_ref String,
    title String,
    explanation String,
    actual Nullable(Float64),
    expected Nullable(Float64),
    unit Nullable(String),
    details String COMMENT 'JSON object',
    source_seq UInt64,
    committed_at DateTime64(3, 'UTC'),
    raised_at DateTime64(3, 'UTC'),
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (raised_at, id)
SETTINGS non_replicated_deduplication_window = 1000;
