import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteName } from '../../core/clickhouse-sql.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';

/** The statements of an SQL file: each ends with a semicolon at the end of a line. Comments go along. */
function statementsOf(text: string): string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '');
}

/**
 * Runs the files of `folder` in the order of their names. Each statement can be repeated, so all are run at every
 * start. `{warehouse_database}` stands for the database of the model.
 */
export async function runMigrations(warehouse: Warehouse, folder: string, database: string): Promise<void> {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(database)) {
    throw new DolistreamError('CONFIG_INVALID', `The warehouse database "${database}" is not a plain name`, {
      fix: 'Use letters, digits and underscores, e.g. dolibarr_warehouse.',
    });
  }
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const statement of statementsOf(text)) {
      await warehouse.command(statement.replaceAll('{warehouse_database}', quoteName(database)));
    }
  }
}
