-- The newest alerts.
SELECT id, rule, severity, subject_ref, title, toUnixTimestamp64Milli(raised_at) AS raised_ms
FROM {database}.alerts
ORDER BY alerts.raised_at DESC, id
LIMIT 4
