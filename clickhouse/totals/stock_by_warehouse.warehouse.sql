SELECT concat(toString(product_id), ' in ', toString(warehouse_id)) AS label, count() AS movements, sum(quantity)
FROM {database:Identifier}.fact_stock FINAL
GROUP BY label
