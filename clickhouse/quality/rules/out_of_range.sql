-- A figure that cannot be.
SELECT t.rowid AS record, ifNull({wrong}, 0) AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
