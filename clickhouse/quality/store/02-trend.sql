-- The quality of the data over time, 0 to 100: 100 less the share of faulty rows, averaged over the rules by their weight.
CREATE OR REPLACE VIEW {database}.v_quality_trend AS
SELECT
    run_at,
    table,
    dimension,
    100 * (1 - sum(weight * faulty / checked) / sum(weight)) AS score,
    sum(checked) AS rows_checked,
    sum(faulty) AS rows_faulty
FROM {database}.quality_results
WHERE checked > 0
GROUP BY GROUPING SETS ((run_at, table), (run_at, dimension), (run_at));
