-- The pipeline on one line: how many tables and events it holds, how long ago the source last changed and the pipeline last
-- confirmed that it is up to date, what could not be read (dead letters: should be 0), the alerts of the last day, the rows
-- of the mirror, and the size of the warehouse on disk.
SELECT
    (SELECT count() FROM {database}.source_freshness FINAL) AS source_tables,
    (SELECT sum(events) FROM {database}.source_freshness FINAL) AS events,
    (SELECT dateDiff('second', max(last_change_at), now64(3)) FROM {database}.source_freshness FINAL) AS seconds_since_change,
    (SELECT dateDiff('second', max(noted_at), now64(3)) FROM {database}.source_freshness FINAL) AS seconds_since_check,
    (SELECT sum(records) FROM raw.dead_letters WHERE redriven_at IS NULL) AS dead_letters,
    (SELECT count() FROM {database}.alerts WHERE raised_at > now64(3) - toIntervalDay(1)) AS alerts_last_day,
    (SELECT sum(rows) FROM system.parts WHERE active AND database = 'mirror') AS mirror_rows,
    (SELECT sum(bytes_on_disk) FROM system.parts WHERE active) AS bytes_on_disk;
