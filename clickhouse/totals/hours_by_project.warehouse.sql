SELECT toString(project_id) AS label, count() AS entries, sum(hours)
FROM {database:Identifier}.fact_time FINAL
GROUP BY label
