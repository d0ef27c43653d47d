-- Exits of goods of the last year in time order, with their product: by a document, or by hand for a site. Other exits by
-- hand may be transfers, which only change place.
SELECT
    toString(s.product_id) AS owner,
    p.label AS owner_name,
    concat(p.ref, ' #', toString(s.movement_id)) AS subject,
    toString(s.moved_on) AS day,
    -s.quantity AS amount
FROM (SELECT * FROM {database}.fact_stock FINAL) AS s
LEFT JOIN (SELECT * FROM {database}.dim_product FINAL) AS p ON p.product_id = s.product_id
WHERE s.quantity < 0 AND (s.type = 2 OR s.type = 1 AND s.project_id > 0) AND s.moved_on > toDate32({today:String}) - 365
ORDER BY day, s.movement_id
LIMIT 200000
