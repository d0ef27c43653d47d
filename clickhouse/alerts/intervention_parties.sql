-- Customer and building site of one intervention, for the routes and the text of an alert. 0 and '' where there is none.
SELECT
    i.customer_id AS customer_id,
    (SELECT any(name) FROM {database:Identifier}.dim_customer WHERE customer_id = i.customer_id) AS customer,
    i.project_id AS site_id,
    (
        SELECT any(concat(ref, if(title = '', '', concat(' ', title))))
        FROM {database:Identifier}.dim_project
        WHERE project_id = i.project_id
    ) AS site
FROM {database:Identifier}.fact_interventions AS i
WHERE i.intervention_id = {id:Int64}
LIMIT 1
