-- What is in stock of each product in each warehouse: the sum of its movements.
--
-- tables: llx_stock_mouvement
SELECT CONCAT(fk_product, ' in ', fk_entrepot) AS group_key, COUNT(*) AS movements, SUM(IFNULL(value, 0)) AS quantity
FROM llx_stock_mouvement
GROUP BY group_key
