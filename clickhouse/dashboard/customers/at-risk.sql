-- Customers in danger, the largest first.
SELECT name, reason, revenue, satisfaction, silent_days
FROM {database}.v_analytics_segments
WHERE segment = 'at-risk'
ORDER BY revenue DESC, name
LIMIT 30
