-- What people did with alerts, once each. The columns are those of schemas/alert-answer.avsc.
CREATE TABLE IF NOT EXISTS {warehouse_database}.alert_answers
(
    id String,
    alert String COMMENT 'id of the alert',
    case_id String,
    rule LowCardinality(String),
    severity Int32 COMMENT '0 to 100',
    entity Int32,
    subject_type LowCardinality(String),
    subject_id Int64,
    answer LowCardinality(String) COMMENT 'useful, normal, data_error; or acknowledge, close, reopen',
    answered_by String,
    via LowCardinality(String) COMMENT 'link, api or cli',
    note String,
    answered_at DateTime64(3, 'UTC'),
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (answered_at, id)
SETTINGS non_replicated_deduplication_window = 1000;
