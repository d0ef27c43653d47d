-- What each measurement found, one row per rule. `checked` and `faulty` count rows of the source.
CREATE TABLE IF NOT EXISTS {database}.quality_results
(
    run_at DateTime64(3, 'UTC'),
    rule LowCardinality(String),
    dimension LowCardinality(String),
    table LowCardinality(String),
    column LowCardinality(String),
    weight UInt8,
    checked UInt64,
    faulty UInt64
)
ENGINE = MergeTree
ORDER BY (run_at, rule)
TTL toDateTime(run_at) + INTERVAL 800 DAY;
