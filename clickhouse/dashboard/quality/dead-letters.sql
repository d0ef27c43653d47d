-- Batches of records that could not be read, the newest first.
SELECT topic, toFloat64(sum(records)) AS records, any(reason) AS reason, toUnixTimestamp64Milli(max(recorded_at)) AS recorded_ms
FROM raw.dead_letters
GROUP BY topic, dead_letters.reason
ORDER BY recorded_ms DESC
LIMIT 50
