-- The total without tax is not the sum of the lines; a cent per line is rounding.
SELECT
    t.rowid AS record,
    abs(ifNull(t.total_ht, 0) - l.total) > 0.01 + 0.01 * l.lines AS is_faulty
FROM {table} AS t
LEFT JOIN (
    SELECT {link} AS parent, sum(ifNull(total_ht, 0)) AS total, count() AS lines FROM {lines} GROUP BY parent
) AS l ON l.parent = t.rowid
WHERE {only} AND {recent}
