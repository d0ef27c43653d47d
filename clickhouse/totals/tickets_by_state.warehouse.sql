SELECT toString(status) AS label, count() AS tickets
FROM {database:Identifier}.fact_tickets FINAL
GROUP BY label
