-- The score of the data's quality at each measurement, the newest sixty.
SELECT toUnixTimestamp64Milli(t.run_at) AS run_ms, toString(toDate(t.run_at)) AS day, t.score AS score
FROM
(
    SELECT run_at, score FROM {database}.v_quality_trend WHERE table = '' AND dimension = '' ORDER BY run_at DESC LIMIT 60
) AS t
ORDER BY run_ms
