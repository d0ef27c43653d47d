-- A French postcode is five digits and begins with a department.
SELECT t.rowid AS record, NOT match(trimBoth(t.{column}), '^(0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3,3}$') AS is_faulty
FROM {table} AS t
WHERE trimBoth(t.{column}) != '' AND t.fk_pays IN (0, 1) AND {recent}
