SELECT toString(status) AS group_key, count() AS tickets
FROM {database:Identifier}.fact_tickets FINAL
GROUP BY group_key
