/** Creates an empty Dolibarr database with its dictionaries, and the database of ground truth beside it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { DolistreamError } from '../core/errors.ts';
import { describeSqlError, openConnection, parseUrl } from './open-connection.ts';
import { findSqlFolder } from './sql-files.ts';

/** Where the ground truth of injected anomalies is kept, on the same server. */
export const GROUND_TRUTH_DATABASE = 'dolistream_sim';

export interface CreateDolibarrOptions {
  /** `mysql://user:password@host:port/database`: the database to create; the user may create databases. */
  readonly url: string;
  /** Drops a database of that name first. Without it, an existing database is an error. */
  readonly replace?: boolean;
}

const GROUND_TRUTH_FILE = '20-ground-truth.sql';

async function readSchema(): Promise<{ dolibarr: string[]; groundTruth: string }> {
  const folder = findSqlFolder('schema');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(
    names.filter((name) => name !== GROUND_TRUTH_FILE).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { dolibarr: texts, groundTruth: await readFile(join(folder, GROUND_TRUTH_FILE), 'utf8') };
}

const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

async function countTables(connection: Connection, database: string): Promise<number> {
  const sql = 'SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = ?';
  const [rows] = await connection.query(sql, [database]);
  return (rows as { n: number }[])[0]?.n ?? 0;
}

/**
 * Creates the database as Dolibarr's installer does by default (utf8mb3), all tables empty but the dictionaries.
 * Throws CONFIG_INVALID when it exists, unless `replace` is set.
 */
export async function createDolibarr({ url, replace = false }: CreateDolibarrOptions): Promise<void> {
  const { database } = parseUrl(url);
  if (database === '') {
    throw new DolistreamError('CONFIG_INVALID', "The simulator's URL names no database", {
      fix: 'Give it as mysql://user:password@host:port/database',
    });
  }
  const { dolibarr, groundTruth } = await readSchema();
  const connection = await openConnection(url, '');
  try {
    const [found] = await connection.query('SHOW DATABASES WHERE `Database` = ?', [database]);
    const exists = (found as unknown[]).length > 0;
    if (exists && !replace && (await countTables(connection, database)) > 0) {
      throw new DolistreamError('CONFIG_INVALID', `The database ${database} exists and is not empty`, {
        fix: 'Choose another name, or drop it.',
      });
    }
    if (exists) await connection.query(`DROP DATABASE ${quoteName(database)}`);
    await connection.query(
      `CREATE DATABASE ${quoteName(database)} CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci`,
    );
    await connection.changeUser({ database });
    for (const text of dolibarr) await connection.query(text);
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${GROUND_TRUTH_DATABASE} CHARACTER SET utf8mb4`);
    await connection.changeUser({ database: GROUND_TRUTH_DATABASE });
    await connection.query(groundTruth);
    await connection.query('DELETE FROM anomaly WHERE dolibarr = ?', [database]);
  } catch (error) {
    throw describeSqlError(error);
  } finally {
    await connection.end();
  }
}
