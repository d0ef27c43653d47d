-- Alerts of the last twelve months as they were raised, each with its customer and building site, oldest first.
SELECT
    a.id AS id, a.rule AS rule, a.severity AS severity, a.entity AS entity,
    a.subject_type AS subject_type, toInt32(a.subject_id) AS subject_id, a.subject_ref AS subject_ref,
    a.title AS title, a.explanation AS explanation, a.actual AS actual, a.expected AS expected, a.unit AS unit,
    a.details AS details, toUInt32(0) AS source_seq,
    toString(toUnixTimestamp64Milli(a.committed_at)) AS committed_ms,
    toString(toUnixTimestamp64Milli(a.raised_at)) AS raised_ms,
    toString(i.customer_id) AS customer_id, c.name AS customer,
    toString(i.project_id) AS site_id, trimRight(concat(p.ref, ' ', p.title)) AS site
FROM {database:Identifier}.alerts AS a
LEFT JOIN
(
    SELECT intervention_id, any(customer_id) AS customer_id, any(project_id) AS project_id
    FROM {database:Identifier}.fact_interventions
    GROUP BY intervention_id
) AS i ON a.subject_type = 'intervention' AND i.intervention_id = a.subject_id
LEFT JOIN {database:Identifier}.dim_customer AS c ON c.customer_id = i.customer_id
LEFT JOIN {database:Identifier}.dim_project AS p ON p.project_id = i.project_id
WHERE a.raised_at > now() - INTERVAL 12 MONTH
ORDER BY a.raised_at, a.id
