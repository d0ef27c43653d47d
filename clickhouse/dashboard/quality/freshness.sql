-- When each table of Dolibarr last changed, the newest first.
SELECT source_table, events, toUnixTimestamp64Milli(last_change_at) AS changed_ms
FROM {database}.v_data_freshness
WHERE events > 0
ORDER BY last_change_at DESC, source_table
LIMIT 80
