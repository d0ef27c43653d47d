-- Services under contract that end within ninety days or ended without being closed: customers must be told of a renewal in
-- time (in France thirty days before, at least).
SELECT
    l.contract_id AS contract_id,
    l.line_id AS line_id,
    l.entity AS entity,
    l.ref AS ref,
    l.customer_id AS customer_id,
    c.name AS customer,
    l.starts_on AS starts_on,
    l.ends_on AS ends_on,
    dateDiff('day', {today}, l.ends_on) AS days_left,
    l.total_ht AS total_ht
FROM {fact_contract_lines} AS l
LEFT JOIN {dim_customer} AS c ON c.customer_id = l.customer_id
WHERE l.status = 4 AND l.ends_on <= {today} + 90;
