-- Where in raw.events the changes of a record are, so that a record's history is found without reading its table's. First
-- copies are left out: they are no change. A record is known by its key `rowid`, or `id` where the table has that. An
-- insert repeated after a crash may leave a place twice until the next merge.
CREATE TABLE IF NOT EXISTS raw.record_index
(
    table LowCardinality(String),
    record_id Int64,
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (table, record_id, topic, partition, offset);

CREATE MATERIALIZED VIEW IF NOT EXISTS raw.record_index_feed TO raw.record_index
AS
SELECT table, assumeNotNull(found_id) AS record_id, topic, partition, offset
FROM
(
    SELECT
        table,
        topic,
        partition,
        offset,
        if(op = 'd', before, after) AS image,
        coalesce(
            JSONExtract(image, 'rowid', 'Nullable(Int64)'),
            JSONExtract(image, 'id', 'Nullable(Int64)')
        ) AS found_id
    FROM raw.events
    WHERE op IN ('c', 'u', 'd')
)
WHERE found_id IS NOT NULL;
