-- Extrafields of projects in the order of their project.
--
-- internal
-- key: (fk_object, rowid)
-- touched by: llx_projet_extrafields (fk_object, rowid)
CREATE TABLE {table}
(
    fk_object Int64,
    rowid Int64,
    city String,
    site_manager String,
    surface Nullable(Float64),
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (fk_object, rowid)
SETTINGS {settings};

SELECT e.fk_object, e.rowid, e.city, e.site_manager, e.surface
FROM {llx_projet_extrafields by rowid} AS e;
