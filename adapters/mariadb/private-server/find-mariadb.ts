/** Finds a MariaDB server's programs on this machine; nothing is started or installed here. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { DolistreamError } from '../../../core/errors.ts';

const run = promisify(execFile);

export interface MariadbPrograms {
  /** Absolute path of mariadbd. */
  readonly server: string;
  /** Absolute path of mariadb-install-db, which fills an empty data folder. */
  readonly installDb: string;
  /** e.g. `10.11.19`. */
  readonly version: string;
  /** Set when the programs are an unpacked distribution rather than installed ones. */
  readonly basedir?: string;
}

/** Where Debian, Ubuntu, Fedora, Homebrew and manual installs put a server; PATH comes first. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

async function readVersion(server: string): Promise<string> {
  const { stdout } = await run(server, ['--no-defaults', '--version']);
  const version = /Ver\s+(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) {
    throw new DolistreamError('MISSING_PROGRAM', `${server} did not tell its version: "${stdout.trim()}"`, {
      fix: 'Point to a MariaDB 10.6 or later server.',
    });
  }
  return version;
}

/**
 * The installed server, or the one unpacked under `basedir`. Undefined when there is none, or when `version`
 * (a prefix such as `10.11`) is given and the one found is another.
 */
export async function findMariadb(
  wanted: { readonly basedir?: string; readonly version?: string } = {},
): Promise<MariadbPrograms | undefined> {
  const { basedir, version } = wanted;
  const searchPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = basedir === undefined ? [...searchPath, ...SYSTEM_FOLDERS] : ['bin', 'sbin', 'scripts'];
  const candidates = (names: readonly string[]) =>
    names.flatMap((name) => folders.map((folder) => join(basedir ?? '', folder, name)));
  const server = await firstExecutable(candidates(['mariadbd', 'mysqld']));
  const installDb = await firstExecutable(candidates(['mariadb-install-db']));
  if (server === undefined || installDb === undefined) return undefined;
  const found = await readVersion(server);
  if (version !== undefined && found !== version && !found.startsWith(`${version}.`)) return undefined;
  return { server, installDb, version: found, ...(basedir === undefined ? {} : { basedir }) };
}
