SELECT concat(toString(product_id), ' in ', toString(warehouse_id)) AS group_key, count() AS movements, sum(quantity)
FROM {database:Identifier}.fact_stock FINAL
GROUP BY group_key
