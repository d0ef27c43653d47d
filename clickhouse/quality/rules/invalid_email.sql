-- A mail address that no mail server would take.
SELECT t.rowid AS record, NOT match(t.{column}, '^[^@\\s,;<>"]+@[^@\\s,;<>".]+(\\.[^@\\s,;<>".]+)+$') AS is_faulty
FROM {table} AS t
WHERE trimBoth(t.{column}) != '' AND {recent}
