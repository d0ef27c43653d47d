-- The segments of the last run, for moves and for what must hold in two runs.
SELECT customer_id, segment, candidate, day
FROM {database}.v_analytics_segments
