/** Sessions that insert, update and delete random rows in whatever tables there are, while these change under them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { Random } from '../../simulator/random.ts';
import { type LiveSchema, quoteName } from './live-schema.ts';
import type { TestMariadb } from './mariadb.ts';
import { randomLiteral, type SourceColumn } from './random-values.ts';

export interface SchemaWriters {
  readonly statements: number;
  /** Ends them; rejects with what one of them failed with. */
  stop(): Promise<void>;
}

/** What a statement may be refused with that was right a moment ago, or asks for a row that cannot be. */
const REFUSED: ReadonlySet<number> = new Set([
  // A key that is there already, a lock waited for too long, a deadlock, a table altered since the transaction began.
  ...[1062, 1205, 1213, 1412, 1020],
  // A table or column that is no longer there, a column that wants a value, one that is computed.
  ...[1146, 1054, 1364, 1048, 1906, 1109],
  // A value that the column no longer takes, a shape that its index does not, a foreign key, a check.
  ...[1264, 1265, 1366, 1406, 1292, 1416, 1452, 1451, 4025, 3819, 1367, 1848, 1690, 1971],
]);
const MAX_REST_MS = 25;

/** `count` sessions, each with transactions of a few statements; some are rolled back. */
export function startSchemaWriters(
  db: TestMariadb,
  schema: LiveSchema,
  options: { readonly count: number; readonly random: Random },
): SchemaWriters {
  let stopped = false;
  let statements = 0;
  const write = async (writer: number): Promise<void> => {
    const random = options.random.fork(`writer ${writer}`);
    const connection = await db.connect(schema.database);
    await connection.query(WRITER_SETTINGS);
    while (!stopped) {
      try {
        await connection.query('START TRANSACTION');
        for (let left = random.int(1, 4); left > 0; left--) {
          await changeRow(connection, schema, random);
          statements++;
        }
        await connection.query(random.chance(0.1) ? 'ROLLBACK' : 'COMMIT');
      } catch (error) {
        if (!REFUSED.has((error as { errno?: number }).errno ?? 0)) throw error;
        await connection.query('ROLLBACK');
      }
      await pause(random.int(0, MAX_REST_MS));
    }
    connection.destroy();
  };
  const running = Promise.all(Array.from({ length: options.count }, (_, writer) => write(writer)));
  running.catch(() => undefined);
  return {
    get statements() {
      return statements;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

export const WRITER_SETTINGS =
  "SET SESSION sql_mode = '', foreign_key_checks = 0, innodb_lock_wait_timeout = 2";

async function changeRow(connection: Connection, schema: LiveSchema, random: Random): Promise<void> {
  const table = random.pick(schema.tables);
  const columns = schema.columns(table);
  const settable = columns.filter(({ isMade }) => !isMade);
  const name = quoteName(table);
  const order = `ORDER BY RAND() LIMIT ${random.int(1, 3)}`;
  if (settable.length === 0 || random.chance(0.2)) {
    await connection.query(`DELETE FROM ${name} ${order}`);
  } else if (random.chance(0.4)) {
    const changed = settable.filter(() => random.chance(2 / settable.length));
    if (changed.length === 0) return;
    const sets = changed.map((column) => `${quoteName(column.name)} = ${randomLiteral(column, random)}`);
    await connection.query(`UPDATE ${name} SET ${sets.join(', ')} ${order}`);
  } else {
    await connection.query(insertRow(table, settable, random));
  }
}

/** An INSERT of one row with a value for each of the columns. */
export function insertRow(table: string, columns: readonly SourceColumn[], random: Random): string {
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  return `INSERT INTO ${quoteName(table)} (${names}) VALUES (${columns.map((column) => randomLiteral(column, random)).join(', ')})`;
}
