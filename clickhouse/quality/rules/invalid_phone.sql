-- Neither ten digits of a French number nor an international one.
SELECT
    t.rowid AS record,
    NOT match(replaceRegexpAll(t.{column}, '[\\s./()-]', ''), '^(0[1-9][0-9]{8,8}|(\\+|00)[1-9][0-9]{6,14})$') AS is_faulty
FROM {table} AS t
WHERE trimBoth(t.{column}) != '' AND {recent}
