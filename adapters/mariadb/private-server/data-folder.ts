/** The data folder of a private server: created once by mariadb-install-db, kept between runs. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DolistreamError } from '../../../core/errors.ts';
import type { MariadbPrograms } from './find-mariadb.ts';

const run = promisify(execFile);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Arguments that both the installer and the server need: whose files they are and where the programs lie. */
export function placeArguments(programs: MariadbPrograms, dataDir: string): string[] {
  const args = ['--no-defaults', `--datadir=${dataDir}`, '--innodb-log-file-size=32M'];
  if (process.getuid?.() === 0) args.push('--user=root');
  if (programs.basedir !== undefined) {
    args.push(`--basedir=${programs.basedir}`, `--lc-messages-dir=${join(programs.basedir, 'share')}`);
  }
  return args;
}

/** Makes `dataDir` a MariaDB data folder unless it is one. */
export async function initialiseDataFolder(programs: MariadbPrograms, dataDir: string): Promise<void> {
  if (await exists(join(dataDir, 'mysql'))) return;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const args = [
    ...placeArguments(programs, dataDir),
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  try {
    await run(programs.installDb, args, { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    throw new DolistreamError('DATA_DIR_UNUSABLE', `MariaDB could not create its data folder ${dataDir}`, {
      fix: 'Check that the folder can be written and that the disk is not full.',
      cause: error,
    });
  }
}

/** Root's password for the server in `dir`: read from its file, made at the first start. */
export async function readRootPassword(dir: string): Promise<string> {
  const file = join(dir, 'root-password');
  if (!(await exists(file))) await writeFile(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Writes the statements the server runs before it accepts anybody: root gets its password and nobody enters
 * without one. Outside the binlog, so that no reader of it ever sees them.
 */
export async function writeInitFile(dir: string, password: string): Promise<string> {
  const file = join(dir, 'init.sql');
  const hosts = ['localhost', '127.0.0.1'];
  const lines = [
    'SET SESSION sql_log_bin = 0;',
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host NOT IN ('localhost', '127.0.0.1'));",
    'FLUSH PRIVILEGES;',
    ...hosts.flatMap((host) => [
      `CREATE USER IF NOT EXISTS root@'${host}';`,
      `ALTER USER root@'${host}' IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO root@'${host}' WITH GRANT OPTION;`,
    ]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
