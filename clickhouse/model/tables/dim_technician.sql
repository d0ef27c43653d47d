-- Users of Dolibarr: technicians, and everybody else who works.
--
-- key: technician_id
-- touched by: llx_user (rowid)
CREATE TABLE {table}
(
    technician_id Int64,
    entity Int32 COMMENT '0: all companies',
    login String,
    name String COMMENT 'first name and last name',
    job String,
    is_employee UInt8,
    is_active UInt8,
    hourly_cost Nullable(Float64),
    weekly_hours Nullable(Float64),
    {bookkeeping}
)
ENGINE = {engine}
ORDER BY technician_id
SETTINGS {settings};

SELECT
    u.rowid AS technician_id,
    u.entity AS entity,
    u.login AS login,
    trimBoth(concat(u.firstname, ' ', u.lastname)) AS name,
    u.job AS job,
    ifNull(u.employee, 0) > 0 AS is_employee,
    ifNull(u.statut, 1) > 0 AS is_active,
    u.thm AS hourly_cost,
    u.weeklyhours AS weekly_hours
FROM {llx_user by rowid} AS u;
