-- What was out of line in the last four weeks.
SELECT kind, subject, toString(day) AS day, severity, sentence
FROM {database}.v_analytics_anomalies
ORDER BY v_analytics_anomalies.day DESC, severity DESC
LIMIT 20
