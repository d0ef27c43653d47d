-- What comes second is dated before what comes first.
SELECT t.rowid AS record, ifNull(toDate32(t.{second}) < toDate32(t.{first}), 0) AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
