-- Every project with what it earned and what it cost, without tax. Invoiced: validated invoices, credit notes deducted.
-- Labour: time entered on the project's tasks, at each person's hourly cost. Materials: taken out of stock for the project
-- less what came back, at the price of the movement, or at the product's average cost where it carries none. Suppliers:
-- their validated invoices for the project. Margin is invoiced less all three; paid is with tax.
SELECT
    p.project_id AS project_id,
    p.entity AS entity,
    p.ref AS ref,
    p.title AS title,
    p.status AS status,
    p.customer_id AS customer_id,
    p.budget AS budget,
    i.invoiced AS invoiced,
    i.paid AS paid,
    i.open_amount AS open_amount,
    w.hours AS hours,
    p.planned_hours AS planned_hours,
    w.cost AS labour_cost,
    m.cost AS material_cost,
    x.cost AS supplier_cost,
    w.cost + m.cost + x.cost AS spent,
    i.invoiced - (w.cost + m.cost + x.cost) AS margin,
    if(i.invoiced > 0, 100 * margin / i.invoiced, NULL) AS margin_percent
FROM {dim_project} AS p
LEFT JOIN
(
    SELECT project_id, sum(total_ht) AS invoiced, sum(paid) AS paid, sum(open_amount) AS open_amount
    FROM {fact_invoices}
    WHERE is_counted AND project_id > 0
    GROUP BY project_id
) AS i ON i.project_id = p.project_id
LEFT JOIN
(
    SELECT project_id, sum(hours) AS hours, sum(cost) AS cost
    FROM {fact_time}
    WHERE project_id > 0
    GROUP BY project_id
) AS w ON w.project_id = p.project_id
LEFT JOIN
(
    SELECT a.project_id AS project_id, sum(a.priced_value + a.unpriced_quantity * d.average_cost) AS cost
    FROM {project_materials} AS a
    LEFT JOIN {dim_product} AS d ON d.product_id = a.product_id
    GROUP BY project_id
) AS m ON m.project_id = p.project_id
LEFT JOIN
(
    SELECT project_id, sum(total_ht) AS cost
    FROM {fact_supplier_invoices}
    WHERE is_counted AND project_id > 0
    GROUP BY project_id
) AS x ON x.project_id = p.project_id;
