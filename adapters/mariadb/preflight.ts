/** Everything that must hold on the source before capture may start, found in one go. */
import type { Connection } from 'mysql2/promise';
import type { Problem } from '../../core/ports/change-source.ts';
import { type CatalogColumn, readBaseTables, readColumns, readPrimaryKeys } from './catalog.ts';
import { queryRows } from './connection.ts';
import {
  readClockSkew,
  readGrants,
  readVariables,
  retentionSeconds,
  type Variables,
} from './server-settings.ts';

export interface PreflightContext {
  readonly database: string;
  readonly mariadb: boolean;
  readonly serverId: number;
  readonly captures: (table: string) => boolean;
  readonly nowMs: number;
}

const WEEK_SECONDS = 7 * 86_400;
const MAX_CLOCK_SKEW_SECONDS = 5;

export async function findProblems(connection: Connection, context: PreflightContext): Promise<Problem[]> {
  const variables = await readVariables(connection);
  return [
    ...checkBinlog(variables, context.mariadb),
    ...checkRetention(variables),
    ...checkIdentity(variables, context.serverId),
    ...(await checkGrants(connection, context)),
    ...(await checkClock(connection, context.nowMs)),
    ...(await checkTables(connection, context)),
  ];
}

const error = (check: string, found: string, fix: string): Problem => ({
  severity: 'error',
  check,
  found,
  fix,
});
const warning = (check: string, found: string, fix: string): Problem => ({
  severity: 'warning',
  check,
  found,
  fix,
});

function checkBinlog(variables: Variables, mariadb: boolean): Problem[] {
  const problems: Problem[] = [];
  if (variables.get('log_bin') !== 'ON') {
    problems.push(
      error(
        'log_bin',
        'The binlog is off',
        'In my.cnf under [mysqld]: log_bin=binlog, server_id=1; then restart the server',
      ),
    );
  }
  const expect = (name: string, wanted: string, why: string): void => {
    const value = variables.get(name) ?? '(unset)';
    if (value.toUpperCase() === wanted) return;
    problems.push(
      error(
        name,
        `${name} is ${value}: ${why}`,
        `SET GLOBAL ${name}=${wanted}; and in my.cnf under [mysqld]: ${name}=${wanted}`,
      ),
    );
  };
  expect('binlog_format', 'ROW', 'changes may be written as statements, without their rows');
  expect('binlog_row_image', 'FULL', 'rows may lack columns');
  expect(
    'binlog_row_metadata',
    'FULL',
    'rows do not carry their column names, so an ALTER would mislabel them',
  );
  if (mariadb) return problems;
  if ((variables.get('binlog_row_value_options') ?? '') !== '') {
    problems.push(
      error(
        'binlog_row_value_options',
        'JSON updates are written in part',
        "SET GLOBAL binlog_row_value_options='';",
      ),
    );
  }
  if (variables.get('binlog_transaction_compression') === 'ON') {
    problems.push(
      error(
        'binlog_transaction_compression',
        'Transactions are compressed',
        'SET GLOBAL binlog_transaction_compression=OFF;',
      ),
    );
  }
  return problems;
}

function checkRetention(variables: Variables): Problem[] {
  const seconds = retentionSeconds(variables);
  if (seconds === 0 || seconds >= WEEK_SECONDS) return [];
  const days = (seconds / 86_400).toFixed(1);
  return [
    warning(
      'binlog retention',
      `The server deletes its binlog after ${days} days: a longer stop of dolistream would lose its place`,
      `SET GLOBAL binlog_expire_logs_seconds=${WEEK_SECONDS};`,
    ),
  ];
}

function checkIdentity(variables: Variables, serverId: number): Problem[] {
  if (Number(variables.get('server_id')) !== serverId) return [];
  return [
    error(
      'server_id',
      `The source itself has server id ${serverId}, which --server-id gives to dolistream`,
      'Choose another --server-id',
    ),
  ];
}

async function checkGrants(connection: Connection, context: PreflightContext): Promise<Problem[]> {
  const grants = (await readGrants(connection)).map((grant) => grant.toUpperCase());
  const everywhere = grants.filter((grant) => grant.includes(' ON *.* '));
  const has = (...names: string[]): boolean =>
    everywhere.some((grant) => [...names, 'ALL PRIVILEGES'].some((name) => grant.includes(name)));
  const problems: Problem[] = [];
  if (!has('REPLICATION SLAVE', 'REPLICATION REPLICA')) {
    problems.push(
      error(
        'grants',
        'The user may not read the binlog',
        'GRANT REPLICATION SLAVE ON *.* TO CURRENT_USER -- as an administrator, naming the user',
      ),
    );
  }
  if (!has('BINLOG MONITOR', 'REPLICATION CLIENT')) {
    const name = context.mariadb ? 'BINLOG MONITOR' : 'REPLICATION CLIENT';
    problems.push(
      error(
        'grants',
        'The user may not ask for the binlog position',
        `GRANT ${name} ON *.* TO the capture user`,
      ),
    );
  }
  return problems;
}

async function checkClock(connection: Connection, nowMs: number): Promise<Problem[]> {
  const skew = await readClockSkew(connection, nowMs);
  if (Math.abs(skew) <= MAX_CLOCK_SKEW_SECONDS) return [];
  return [
    warning(
      'clock',
      `The source's clock is ${skew.toFixed(0)} s off this machine's: lag will be wrong by as much`,
      'Run NTP on both machines',
    ),
  ];
}

const CASCADES_SQL = `
  SELECT TABLE_NAME AS name FROM information_schema.REFERENTIAL_CONSTRAINTS
  WHERE CONSTRAINT_SCHEMA = ? AND (DELETE_RULE IN ('CASCADE', 'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL'))`;

async function checkTables(connection: Connection, context: PreflightContext): Promise<Problem[]> {
  const tables = (await readBaseTables(connection, context.database)).filter((table) =>
    context.captures(table.name),
  );
  const keys = await readPrimaryKeys(connection, context.database);
  const columns = (await readColumns(connection, context.database)).filter((column) =>
    context.captures(column.table),
  );
  const cascades = (await queryRows<{ name: string }>(connection, CASCADES_SQL, [context.database]))
    .map((row) => row.name)
    .filter(context.captures);
  const problems: Problem[] = [];
  if (tables.length === 0) {
    problems.push(
      error(
        'tables',
        `Database ${context.database} shows no table to capture`,
        `GRANT SELECT ON \`${context.database}\`.* TO the capture user, or correct --tables`,
      ),
    );
  }
  problems.push(
    ...columns.filter((column) => column.type === null || column.type.kind === 'json').map(uncapturable),
  );
  problems.push(
    ...listed(
      tables.map((table) => table.name).filter((name) => !keys.has(name)),
      KEYLESS,
    ),
  );
  problems.push(
    ...listed(
      tables.filter((table) => table.engine !== 'InnoDB').map((table) => table.name),
      NOT_INNODB,
    ),
  );
  problems.push(...listed([...new Set(cascades)], CASCADING));
  return problems;
}

function uncapturable(column: CatalogColumn): Problem {
  return error(
    'column type',
    `${column.table}.${column.name} is ${column.declaration}, which cannot be captured`,
    `Drop the column from capture: --drop-columns '${column.table}.${column.name}', or exclude the table`,
  );
}

interface ListedProblem {
  readonly check: string;
  readonly found: string;
  readonly fix: string;
}
const KEYLESS: ListedProblem = {
  check: 'primary key',
  found: 'have no primary key: their rows are told apart by their whole content',
  fix: 'Works as it is; a primary key makes it cheaper',
};
const NOT_INNODB: ListedProblem = {
  check: 'engine',
  found: 'are not InnoDB: their first copy is not consistent with the binlog while they are written to',
  fix: 'ALTER TABLE … ENGINE=InnoDB',
};
const CASCADING: ListedProblem = {
  check: 'foreign keys',
  found: 'have ON DELETE/UPDATE CASCADE or SET NULL: rows changed that way never reach a binlog',
  fix: 'Run `dolistream verify` regularly: it finds them',
};

function listed(names: readonly string[], problem: ListedProblem): Problem[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
  return [warning(problem.check, `${names.length} table(s) ${problem.found}: ${shown}`, problem.fix)];
}
