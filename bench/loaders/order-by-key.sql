-- Events of a key whose seq is not above that of the key's event before, by their offsets in the partition.
SELECT
    count() AS records,
    uniqExact(topic, key) AS keys,
    countIf(before >= seq) AS wrong
FROM
(
    SELECT
        topic,
        key,
        seq,
        lagInFrame(seq) OVER (
            PARTITION BY topic, partition, key
            ORDER BY offset
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ) AS before
    FROM
    (
        SELECT topic, partition, offset, seq, JSONExtractInt(if(op = 'd', before, after), 'rowid') AS key
        FROM raw.events
    )
)
