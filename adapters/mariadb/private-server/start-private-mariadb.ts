/** A MariaDB server of our own, apart from any other on the machine: own folder, own port, ready for capture. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mysql from 'mysql2/promise';
import { asDolistreamError, DolistreamError } from '../../../core/errors.ts';
import { initialiseDataFolder, placeArguments, readRootPassword, writeInitFile } from './data-folder.ts';
import { fetchMariadb114 } from './fetch-mariadb-11-4.ts';
import { findMariadb, type MariadbPrograms } from './find-mariadb.ts';
import { findFreePort } from './free-port.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

export type MariadbVersion = 'system' | '11.4';

export interface PrivateMariadbOptions {
  /** Folder of the server: data, temporary files, socket, log and root's password. Created when missing, kept when it stops. */
  readonly dir: string;
  /** Which server: the installed one (default), or 11.4.5 fetched from Maven Central. */
  readonly version?: MariadbVersion;
  /** An unpacked MariaDB; wins over `version`. */
  readonly basedir?: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** More arguments of mariadbd, after ours, so that they win: e.g. `--binlog-format=MIXED`. */
  readonly args?: readonly string[];
}

export interface PrivateMariadb extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  /** An administrator, over TCP and over the socket. */
  readonly user: string;
  readonly password: string;
  /** e.g. `10.11.19`. */
  readonly version: string;
  readonly dir: string;
  /** Process id of the running server; changes at a restart. */
  readonly pid: number;
  /** `mysql://root:…@127.0.0.1:port/database`. Holds the password: never log it. */
  url(database?: string): string;
  /** Clean shutdown; the folder stays. Harmless when stopped. */
  stop(): Promise<void>;
  /** SIGKILL; the folder stays as the crash left it. */
  kill9(): Promise<void>;
  /** Starts it again (stopping it first if it runs) on the same folder and port. */
  restart(): Promise<void>;
}

const HOST = '127.0.0.1';
const USER = 'root';
/** Folder for what a statement sorts and groups beside the tables. */
const TEMPORARY = 'tmp';
/** Another process may take a free port between our finding and MariaDB's binding it. */
const PORT_ATTEMPTS = 4;

/** The server that `options` asks for. Throws MISSING_PROGRAM with the command that installs it. */
export async function choosePrograms(
  options: Pick<PrivateMariadbOptions, 'version' | 'basedir'>,
): Promise<MariadbPrograms> {
  const { basedir, version = 'system' } = options;
  if (basedir === undefined && version === '11.4') return fetchMariadb114();
  const programs = await findMariadb(basedir === undefined ? {} : { basedir });
  if (programs !== undefined) return programs;
  throw new DolistreamError('MISSING_PROGRAM', `No MariaDB server found${basedir ? ` in ${basedir}` : ''}`, {
    fix: 'apt-get update && apt-get install -y mariadb-server',
  });
}

/** Everything capture needs is on; flushing and memory are set for a small machine with a replaceable database. */
const CAPTURE_READY = [
  '--server-id=1',
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--binlog-row-metadata=FULL',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_unicode_ci',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-buffer-pool-size=96M',
  '--max-allowed-packet=64M',
  '--skip-name-resolve',
  // 11.4 would make itself a certificate at every start, which takes seconds; nothing leaves the loopback anyway.
  '--skip-ssl',
  `--bind-address=${HOST}`,
];

interface Launch {
  readonly programs: MariadbPrograms;
  readonly dir: string;
  readonly initFile: string;
  readonly socket: string;
  readonly args: readonly string[];
}

async function launch(settings: Launch, port: number): Promise<ServerProcess> {
  const { programs, dir, initFile, socket, args } = settings;
  const all = [
    ...placeArguments(programs, join(dir, 'data')),
    `--socket=${socket}`,
    `--port=${port}`,
    `--pid-file=${join(dir, 'mariadb.pid')}`,
    `--init-file=${initFile}`,
    // A server takes `#sql…` files that it finds there at its start for its own, and removes them.
    `--tmpdir=${join(dir, TEMPORARY)}`,
    ...CAPTURE_READY,
    ...args,
  ];
  return startServerProcess(programs.server, all, join(dir, 'mariadb.log'));
}

async function launchOnFreePort(settings: Launch): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { server: await launch(settings, port), port };
    } catch (error) {
      const portTaken = error instanceof DolistreamError && error.message.includes('Bind on TCP/IP port');
      if (!portTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** The server says it serves before we say so: one login proves it. A server that refuses it is not left running. */
async function proveLogin(server: ServerProcess, port: number, password: string): Promise<void> {
  try {
    const connection = await mysql.createConnection({ host: HOST, port, user: USER, password });
    await connection.end();
  } catch (error) {
    await server.kill9();
    throw asDolistreamError(error, 'SOURCE_UNREACHABLE');
  }
}

/** Unix limits a socket's path to about 107 bytes; a deep folder gets its socket in the temporary folder. */
function chooseSocket(dir: string): string {
  const inside = join(dir, 'mariadb.sock');
  if (Buffer.byteLength(inside) < 100) return inside;
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  return join(tmpdir(), `dolistream-${name}.sock`);
}

/**
 * Starts a private MariaDB and resolves when it answers. No process is left behind when this one dies, whatever the
 * way. Throws MISSING_PROGRAM, DATA_DIR_UNUSABLE or SOURCE_UNREACHABLE (with the server's own words).
 */
export async function startPrivateMariadb(options: PrivateMariadbOptions): Promise<PrivateMariadb> {
  const dir = resolve(options.dir);
  const programs = await choosePrograms(options);
  await mkdir(join(dir, TEMPORARY), { recursive: true, mode: 0o700 });
  await initialiseDataFolder(programs, join(dir, 'data'));
  const password = await readRootPassword(dir);
  const socket = chooseSocket(dir);
  const initFile = await writeInitFile(dir, password);
  const settings: Launch = { programs, dir, initFile, socket, args: options.args ?? [] };
  const started =
    options.port === undefined
      ? await launchOnFreePort(settings)
      : { server: await launch(settings, options.port), port: options.port };
  const { port } = started;
  let { server } = started;
  await proveLogin(server, port, password);
  const stop = () => server.stop();
  return {
    host: HOST,
    port,
    socket,
    user: USER,
    password,
    version: programs.version,
    dir,
    get pid() {
      return server.pid;
    },
    url: (database = '') => `mysql://${USER}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`,
    stop,
    kill9: () => server.kill9(),
    restart: async () => {
      await stop();
      server = await launch(settings, port);
      await proveLogin(server, port, password);
    },
    [Symbol.asyncDispose]: stop,
  };
}
