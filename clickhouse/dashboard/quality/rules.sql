-- What the last measurement found wrong, by rule; what weighs most first.
SELECT r.rule AS rule, r.table AS source_table, r.column AS column, r.checked AS checked, r.faulty AS faulty
FROM {database}.quality_results AS r
WHERE r.run_at = (SELECT max(run_at) FROM {database}.quality_results) AND r.faulty > 0
ORDER BY r.weight * r.faulty / r.checked DESC, rule
LIMIT 40
