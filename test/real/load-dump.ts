/** A dump of a Dolibarr database, as its administrator makes it, into a test's server. */
import { execFileSync } from 'node:child_process';
import type { TestMariadb } from '../support/mariadb.ts';

/** Creates the database, lets the capture user read it, and fills it from the gzipped file. */
export async function loadDump(db: TestMariadb, database: string, path: string): Promise<void> {
  await db.query(`CREATE DATABASE ${database} CHARACTER SET utf8 COLLATE utf8_unicode_ci`);
  await db.grantCapture(database);
  const { user, password } = db.server;
  const client = `mariadb --host=127.0.0.1 --port=${db.port} --user=${user} --default-character-set=utf8mb4 ${database}`;
  execFileSync('bash', ['-o', 'pipefail', '-c', `zcat "$1" | ${client}`, 'bash', path], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MYSQL_PWD: password },
  });
}
