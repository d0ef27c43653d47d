-- Something that has happened is dated later than tomorrow, or before 1990.
SELECT
    t.rowid AS record,
    ifNull(toDate32(t.{column}) > {today} + 1 OR toDate32(t.{column}) < toDate32('1990-01-01'), 0) AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
