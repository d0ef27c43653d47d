-- Points at a row that is not there (any more).
SELECT t.rowid AS record, t.{column} > 0 AND t.{column} NOT IN (SELECT rowid FROM {parent}) AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
