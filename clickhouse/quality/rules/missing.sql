-- A value that people count on is not there: nothing, spaces, or 0.
SELECT t.rowid AS record, trimBoth(ifNull(toString(t.{column}), '')) IN ('', '0') AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
