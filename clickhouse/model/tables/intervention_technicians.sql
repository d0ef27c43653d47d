-- Who carries an intervention out, in the order of the intervention: the contacts of the role INTERVENING.
--
-- internal
-- key: (intervention_id, contact_id)
-- touched by: llx_element_contact (element_id, rowid)
-- rebuilt by: llx_c_type_contact
CREATE TABLE {table}
(
    intervention_id Int64,
    contact_id Int64,
    technician_id Int64,
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY (intervention_id, contact_id)
SETTINGS {settings};

SELECT c.element_id, c.rowid, c.fk_socpeople
FROM {llx_element_contact by rowid} AS c
WHERE c.fk_c_type_contact IN
(
    SELECT r.rowid FROM {llx_c_type_contact} AS r
    WHERE r.element = 'fichinter' AND r.source = 'internal' AND r.code = 'INTERVENING'
);
