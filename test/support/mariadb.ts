/** A real MariaDB for one test: `await using db = await startTestMariadb()`. Its folder goes with it. */
import { execFile } from 'node:child_process';
import { access, cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql, { type Connection, type Pool, type RowDataPacket } from 'mysql2/promise';
import { initialiseDataFolder } from '../../adapters/mariadb/private-server/data-folder.ts';
import {
  choosePrograms,
  startPrivateMariadb,
  type MariadbVersion,
  type PrivateMariadb,
} from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { isRunning } from './is-running.ts';

const run = promisify(execFile);

export interface TestMariadb extends AsyncDisposable {
  readonly server: PrivateMariadb;
  readonly host: string;
  readonly port: number;
  /** An empty database, `dolibarr`, made for the test. */
  readonly database: string;
  /** The administrator's pool, on `database`; survives a restart of the server. Dates come as text. */
  readonly pool: Pool;
  /** Root's URL. */
  url(database?: string): string;
  /** URL of the least-privilege user that capture logs in as. */
  captureUrl(database?: string): string;
  readonly captureUser: string;
  readonly capturePassword: string;
  /** A connection of the administrator; the caller ends it, or the end of the test does. */
  connect(database?: string): Promise<Connection>;
  /** Runs one or several statements as administrator and returns the rows of the last. */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Lets the capture user read `database` as well. */
  grantCapture(database: string): Promise<void>;
}

const DATABASE = 'dolibarr';
const CAPTURE_USER = 'dolistream';
const CAPTURE_PASSWORD = 'capture-secret';
/**
 * The disk is never waited for: a test's server may be lost with the machine. It must survive kill -9 of itself,
 * though, with binlog and tables telling the same story, so each commit is handed to the system (2, not 0).
 */
const FAST_ARGUMENTS = [
  '--innodb-flush-log-at-trx-commit=2',
  '--sync-binlog=0',
  '--innodb-buffer-pool-size=64M',
];

/** A data folder as the installer leaves it, made once per version and machine, to be copied. */
async function prepareTemplate(version: MariadbVersion): Promise<string> {
  const programs = await choosePrograms({ version });
  const template = join(
    tmpdir(),
    `dolistream-mariadb-template-${programs.version}-${process.getuid?.() ?? 0}`,
  );
  const present = await access(template).then(
    () => true,
    () => false,
  );
  if (present) return template;
  const work = await mkdtemp(`${template}.partial-`);
  await initialiseDataFolder(programs, work);
  await rename(work, template).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    await rm(work, { recursive: true, force: true });
  });
  return template;
}

/** Named after the process that uses it, so that what a killed test left behind can be told from what is in use. */
async function makeTestFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const owner = /^dolistream-mariadb-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtemp(join(tmpdir(), `dolistream-mariadb-${process.pid}-`));
}

/** Grants a capture user exactly what reading the binlog and copying the tables of one database take. */
async function createCaptureUser(pool: Pool, database: string): Promise<void> {
  await pool.query(
    `CREATE USER IF NOT EXISTS '${CAPTURE_USER}'@'127.0.0.1' IDENTIFIED BY '${CAPTURE_PASSWORD}'`,
  );
  await pool.query(`GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '${CAPTURE_USER}'@'127.0.0.1'`);
  await pool.query(`GRANT SELECT ON \`${database}\`.* TO '${CAPTURE_USER}'@'127.0.0.1'`);
}

export async function startTestMariadb(
  options: { readonly version?: MariadbVersion; readonly args?: readonly string[] } = {},
): Promise<TestMariadb> {
  const version = options.version ?? 'system';
  const template = await prepareTemplate(version);
  const dir = await makeTestFolder();
  await run('cp', ['-a', '--reflink=auto', template, join(dir, 'data')]).catch(() =>
    cp(template, join(dir, 'data'), { recursive: true }),
  );
  const server = await startPrivateMariadb({
    dir,
    version,
    args: [...FAST_ARGUMENTS, ...(options.args ?? [])],
  });
  const opened: Connection[] = [];
  const login = { host: server.host, port: server.port, user: server.user, password: server.password };
  const settings = { ...login, charset: 'utf8mb4', dateStrings: true, supportBigNumbers: true };
  const pool = mysql.createPool({
    ...settings,
    connectionLimit: 4,
    multipleStatements: true,
    database: DATABASE,
  });
  const setup = await mysql.createConnection(settings);
  await setup.query(`CREATE DATABASE ${DATABASE}`);
  await setup.end();
  await createCaptureUser(pool, DATABASE);
  return {
    server,
    host: server.host,
    port: server.port,
    database: DATABASE,
    pool,
    url: (database = DATABASE) => server.url(database),
    captureUser: CAPTURE_USER,
    capturePassword: CAPTURE_PASSWORD,
    captureUrl: (database = DATABASE) =>
      `mysql://${CAPTURE_USER}:${CAPTURE_PASSWORD}@${server.host}:${server.port}/${database}`,
    connect: async (database = DATABASE) => {
      const connection = await mysql.createConnection({ ...settings, database, multipleStatements: true });
      // A killed server breaks open connections: the query in hand reports it, an idle one must not end the test.
      connection.on('error', () => {});
      opened.push(connection);
      return connection;
    },
    query: async <Row>(sql: string, values: readonly unknown[] = []) => {
      const [result] = await pool.query<RowDataPacket[] | RowDataPacket[][]>(sql, [...values]);
      const last =
        Array.isArray(result) && Array.isArray(result[result.length - 1])
          ? result[result.length - 1]
          : result;
      return (Array.isArray(last) ? last : []) as Row[];
    },
    grantCapture: (database) => createCaptureUser(pool, database),
    [Symbol.asyncDispose]: async () => {
      for (const connection of opened) connection.destroy();
      await pool.end().catch(() => {});
      await server.kill9();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
