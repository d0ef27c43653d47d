-- Customers by segment.
SELECT segment, count() AS customers, sum(revenue) AS revenue
FROM {database}.v_analytics_segments
GROUP BY segment
ORDER BY indexOf(['premium', 'frequent', 'regular', 'new', 'at-risk', 'dormant'], segment)
