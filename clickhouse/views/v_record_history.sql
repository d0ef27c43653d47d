-- Who changed what and when in one record, column by column with the old and the new value:
--   SELECT * FROM v_record_history(source_table = 'llx_ticket', record = 42) ORDER BY seq
-- From the day on which the pipeline began to follow. Who is the user that Dolibarr wrote into the row as its last editor (or
-- its author); some tables have neither. The time is that of the commit.
SELECT
    e.seq AS seq,
    e.committed_at AS changed_at,
    multiIf(e.op = 'c', 'created', e.op = 'd', 'deleted', 'changed') AS operation,
    e.user_id AS user_id,
    u.name AS user,
    e.change.1 AS column,
    e.change.2 AS old_value,
    e.change.3 AS new_value
FROM
(
    SELECT
        seq,
        committed_at,
        op,
        if(op = 'd', before, after) AS image,
        coalesce(
            JSONExtract(image, 'fk_user_modif', 'Nullable(Int64)'),
            JSONExtract(image, 'fk_user_mod', 'Nullable(Int64)'),
            JSONExtract(image, 'fk_user_author', 'Nullable(Int64)'),
            JSONExtract(image, 'fk_user_creat', 'Nullable(Int64)'),
            JSONExtract(image, 'fk_user_create', 'Nullable(Int64)'),
            0
        ) AS user_id,
        arrayDistinct(arrayConcat(JSONExtractKeys(before), JSONExtractKeys(after))) AS names,
        arrayJoin(
            arrayFilter(
                c -> c.1 != 'tms' AND c.2 != c.3,
                arrayMap(
                    name -> (
                        name,
                        if(JSONExtractRaw(before, name) IN ('', 'null'), '', trim(BOTH '"' FROM JSONExtractRaw(before, name))),
                        if(JSONExtractRaw(after, name) IN ('', 'null'), '', trim(BOTH '"' FROM JSONExtractRaw(after, name)))
                    ),
                    names
                )
            )
        ) AS change
    FROM raw.events
    WHERE (topic, partition, offset) IN
    (
        SELECT topic, partition, offset
        FROM raw.record_index
        WHERE table = {source_table:String} AND record_id = {record:Int64}
    )
) AS e
LEFT JOIN {dim_technician} AS u ON u.technician_id = e.user_id;
