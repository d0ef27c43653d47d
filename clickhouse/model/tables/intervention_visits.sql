-- Lines of interventions in the order of their intervention: one per visit.
--
-- internal
-- key: (intervention_id, line_id)
-- touched by: llx_fichinterdet (fk_fichinter, rowid)
CREATE TABLE {table}
(
    intervention_id Int64,
    line_id Int64,
    visited_at Nullable(DateTime64(0, 'UTC')),
    seconds Float64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (intervention_id, line_id)
SETTINGS {settings};

SELECT l.fk_fichinter, l.rowid, l.date, ifNull(l.duree, 0)
FROM {llx_fichinterdet by rowid} AS l;
