-- Extrafields of interventions in the order of their intervention.
--
-- internal
-- key: (fk_object, rowid)
-- touched by: llx_fichinter_extrafields (fk_object, rowid)
CREATE TABLE {table}
(
    fk_object Int64,
    rowid Int64,
    kind String,
    estimated_hours Nullable(Float64),
    actual_hours Nullable(Float64),
    satisfaction Nullable(Float64),
    cost Nullable(Float64),
    city String,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (fk_object, rowid)
SETTINGS {settings};

SELECT e.fk_object, e.rowid, e.kind, e.estimated_hours, e.actual_hours, e.satisfaction, e.cost, e.city
FROM {llx_fichinter_extrafields by rowid} AS e;
