-- How many tickets are in each state.
--
-- tables: llx_ticket
SELECT CAST(IFNULL(fk_statut, 0) AS CHAR) AS group_key, COUNT(*) AS tickets
FROM llx_ticket
GROUP BY group_key
