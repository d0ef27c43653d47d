-- The same value as an earlier row of the company: each row after the first counts.
SELECT
    t.rowid AS record,
    {value} AS same,
    same != '' AND row_number() OVER (PARTITION BY {within}, same ORDER BY t.rowid) > 1 AS is_faulty
FROM {table} AS t
WHERE {only}
QUALIFY {recent}
