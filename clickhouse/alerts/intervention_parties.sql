-- Customer and building site of one intervention, for the routes and the text of an alert. 0 and '' where there is none.
SELECT
    i.customer_id AS customer_id,
    c.name AS customer,
    i.project_id AS site_id,
    trimRight(concat(p.ref, ' ', p.title)) AS site
FROM
(
    SELECT customer_id, project_id
    FROM {database:Identifier}.fact_interventions
    WHERE intervention_id = {id:Int64}
    LIMIT 1
) AS i
LEFT JOIN {database:Identifier}.dim_customer AS c ON c.customer_id = i.customer_id
LEFT JOIN {database:Identifier}.dim_project AS p ON p.project_id = i.project_id
LIMIT 1
