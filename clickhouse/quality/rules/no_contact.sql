-- A person or company that can be reached neither by mail nor by phone.
SELECT t.rowid AS record, trimBoth(concat({ways})) = '' AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
