SELECT toString(project_id) AS group_key, count() AS entries, sum(hours)
FROM {database:Identifier}.fact_time FINAL
GROUP BY group_key
