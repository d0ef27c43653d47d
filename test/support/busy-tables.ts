/** Tables with every kind of key, and writers that insert, update, delete and move keys in them until they are stopped. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { TestMariadb } from './mariadb.ts';
import { createRandom } from '../../simulator/random.ts';

interface KeyKind {
  readonly table: string;
  /** Column definitions, the key's among them. */
  readonly columns: string;
  readonly key: string;
  /** SQL expressions of the key columns, from a number `n`. Different numbers give different keys. */
  readonly values: readonly string[];
}

const KEY_KINDS: readonly KeyKind[] = [
  { table: 'k_int', columns: 'id INT AUTO_INCREMENT', key: 'id', values: ['n'] },
  {
    table: 'k_big',
    columns: 'id BIGINT UNSIGNED',
    key: 'id',
    values: ['18446744073709551615 - n * 1000003'],
  },
  {
    table: 'k_ci_text',
    columns: 'code VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci',
    key: 'code',
    values: ["CONCAT(ELT(1 + n MOD 4, 'é', 'Z', 'a', 'ß'), LPAD(n, 8, '0'), '€')"],
  },
  {
    table: 'k_unicode',
    columns: 'code VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, part INT',
    key: 'code, part',
    values: ["CONCAT(ELT(1 + n MOD 5, '😀', 'œ', 'O''', 'n\\\\', ' '), n DIV 7)", 'n'],
  },
  {
    table: 'k_few_many',
    columns: "kind ENUM('z','a','m'), day DATE, n BIGINT",
    key: 'kind, day, n',
    values: ['1 + n MOD 3', "DATE_ADD('2020-01-01', INTERVAL n MOD 11 DAY)", '-n'],
  },
  { table: 'k_bytes', columns: 'h VARBINARY(32)', key: 'h', values: ['UNHEX(MD5(n))'] },
  {
    table: 'k_decimal',
    columns: 'd DECIMAL(24,8), t DATETIME(3)',
    key: 'd, t',
    values: ['(n - 5000) * 0.00000125', "TIMESTAMPADD(MICROSECOND, n * 1000, '1999-12-31 23:59:59')"],
  },
  { table: 'k_double', columns: 'x DOUBLE', key: 'x', values: ['(n - 3000) / 7'] },
  {
    table: 'k_uuid',
    columns: 'u UUID',
    key: 'u',
    values: ["CONCAT(LPAD(HEX(n * 7919), 8, '0'), '-0000-4000-8000-', LPAD(HEX(n), 12, '0'))"],
  },
  { table: 'k_none', columns: 'n INT', key: '', values: ['n MOD 500'] },
];

export const BUSY_TABLES: readonly string[] = KEY_KINDS.map(({ table }) => table);

export async function createBusyTables(db: TestMariadb, rows: number): Promise<void> {
  for (const kind of KEY_KINDS) {
    const key = kind.key === '' ? '' : `, PRIMARY KEY (${kind.key})`;
    await db.query(
      `CREATE TABLE ${kind.table} (${kind.columns}, v INT, note VARCHAR(300) NOT NULL DEFAULT ''${key})`,
    );
    await db.query(
      `INSERT INTO ${kind.table} SELECT ${kind.values.join(', ')}, n, REPEAT('note ', n MOD 30)
       FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_${rows}) AS numbers`,
    );
  }
}

export interface Writers extends AsyncDisposable {
  readonly transactions: number;
  /** Ends them; rejects with what a writer failed with. */
  stop(): Promise<void>;
}

/** `count` sessions, each changing random rows in transactions of a few statements; some are rolled back. */
export function startWriters(
  db: TestMariadb,
  options: {
    readonly rows: number;
    readonly count: number;
    readonly seed: number;
    /** False: no key is changed, so that each change of the binlog is one event. */
    readonly moves?: boolean;
    /** Mean pause of a session between two transactions, ms (default none). */
    readonly thinkMs?: number;
  },
): Writers {
  const random = createRandom(options.seed).next;
  let stopped = false;
  let transactions = 0;
  const write = async (): Promise<void> => {
    const connection = await db.connect();
    while (!stopped) {
      try {
        await connection.query('START TRANSACTION');
        const statements = 1 + Math.floor(random() * 4);
        for (let i = 0; i < statements; i++) await changeSomething(connection, options, random);
        await connection.query(random() < 0.15 ? 'ROLLBACK' : 'COMMIT');
        transactions++;
        if (options.thinkMs) await delay(2 * options.thinkMs * random());
      } catch (error) {
        // Two writers may want the same key, or wait for each other: the server undid one of them.
        if (!UNDONE.has((error as { errno?: number }).errno ?? 0)) throw error;
        await connection.query('ROLLBACK');
      }
    }
    connection.destroy();
  };
  const running = Promise.all(Array.from({ length: options.count }, write));
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopped = true;
    await running;
  };
  return {
    get transactions() {
      return transactions;
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop().catch(() => undefined);
    },
  };
}

/** Duplicate key, lock wait timeout, deadlock, and a table altered since the transaction began. */
const UNDONE = new Set([1062, 1205, 1213, 1412]);

async function changeSomething(
  connection: Connection,
  { rows, moves = true }: { readonly rows: number; readonly moves?: boolean },
  random: () => number,
): Promise<void> {
  const { table, key, values } = KEY_KINDS[Math.floor(random() * KEY_KINDS.length)]!;
  const n = 1 + Math.floor(random() * rows);
  const other = 1 + Math.floor(random() * rows * 1.3);
  const keyOf = (number: number): string[] => values.map((value) => value.replace(/\bn\b/g, String(number)));
  const columns = key === '' ? ['n'] : key.split(', ');
  const here = columns.map((column, i) => `${column} = ${keyOf(n)[i]}`).join(' AND ');
  const kind = random();
  if (kind < 0.4)
    await connection.query(`UPDATE ${table} SET v = v + 1, note = 'changed' WHERE ${here} LIMIT 1`);
  else if (kind < 0.55) await connection.query(`DELETE FROM ${table} WHERE ${here} LIMIT 1`);
  else if (kind < 0.75 && moves) {
    const moved = columns.map((column, i) => `${column} = ${keyOf(other)[i]}`).join(', ');
    await connection.query(`UPDATE ${table} SET ${moved}, note = 'moved' WHERE ${here} LIMIT 1`);
  } else {
    await connection.query(
      `INSERT INTO ${table} (${columns.join(', ')}, v, note) VALUES (${keyOf(other).join(', ')}, ${other}, 'new')`,
    );
  }
}
