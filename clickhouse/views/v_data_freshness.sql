-- How old the figures are: for each table of Dolibarr, when it last changed there and how many row events came; and how long
-- ago the model was last seen to be at the end of the change log. A table that has not changed for long is not late: an ERP
-- sleeps at night.
SELECT
    source_table,
    events,
    last_change_at,
    dateDiff('second', last_change_at, now64(3)) AS seconds_since_change,
    noted_at,
    dateDiff('second', max(noted_at) OVER (), now64(3)) AS seconds_since_check
FROM {database}.source_freshness FINAL;
