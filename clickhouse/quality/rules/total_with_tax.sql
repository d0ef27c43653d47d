-- The total with tax is less than the total without it plus the tax; local taxes and stamps may make it more.
SELECT
    t.rowid AS record,
    ifNull(abs(t.total_ttc) < abs(t.total_ht + t.total_tva) - 0.05, 0) AS is_faulty
FROM {table} AS t
WHERE {only} AND {recent}
