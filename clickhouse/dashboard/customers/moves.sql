-- Who moved from one segment to another at the last run.
SELECT name, from_segment, to_segment, reason FROM {database}.v_analytics_segment_moves ORDER BY name LIMIT 50
