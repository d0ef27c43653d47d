-- Nothing was written to a table that a firm at work writes to for longer than that many days.
SELECT 0 AS record, max(t.tms) < now('UTC') - INTERVAL {limit} DAY AS is_faulty
FROM {table} AS t
HAVING count() > 0
