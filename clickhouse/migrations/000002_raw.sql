-- Every row event of every captured table, for ever and in the order of its topic. Images are JSON texts with the
-- names of the Avro fields; '' where the event has no such image. A column that is NULL is left out; TIME values are
-- seconds, bytes (BLOB, BINARY, geometry) are base64.
CREATE TABLE IF NOT EXISTS raw.events
(
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64,
    seq UInt64 COMMENT 'commit order over the whole capture',
    op LowCardinality(String) COMMENT 'c create, u update, d delete, r initial copy, t truncate',
    database LowCardinality(String),
    table LowCardinality(String),
    committed_at DateTime64(3, 'UTC') COMMENT 'by the source''s clock',
    gtid String,
    file LowCardinality(String),
    pos UInt64,
    before String CODEC(ZSTD(1)),
    after String CODEC(ZSTD(1)),
    schema_id UInt32,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (topic, partition, offset)
SETTINGS
    non_replicated_deduplication_window = 1000,
    write_marks_for_substreams_in_compact_parts = 0,
    min_parts_to_merge_at_once = 8,
    min_bytes_for_wide_part = 134217728;

-- Batches that could not be read, with their bytes (Avro datums back to back), so that they can be replayed by hand.
CREATE TABLE IF NOT EXISTS raw.dead_letters
(
    topic LowCardinality(String),
    partition UInt16,
    first_offset UInt64,
    records UInt32,
    schema_id UInt32,
    reason String,
    payload String CODEC(ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (topic, partition, first_offset)
SETTINGS non_replicated_deduplication_window = 1000;
