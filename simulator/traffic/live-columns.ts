/** Extrafields that come and go while the traffic runs, known to all workers. */
import type { SqlValue } from '../sql-writer.ts';
import { sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Random } from '../random.ts';

export interface LiveColumn {
  readonly name: string;
  /** Type in SQL, and Dolibarr's name for it. */
  readonly sqlType: string;
  readonly fieldType: string;
}

export interface LiveColumns {
  readonly columns: readonly LiveColumn[];
  /** The column to add next; its type changes from one to the next. */
  plan(): LiveColumn;
  add(column: LiveColumn): void;
  /**
   * Takes the oldest column out of use and resolves with it once no transaction under way names it; undefined when
   * there is none.
   */
  retire(): Promise<LiveColumn | undefined>;
  /** A value for each column in use. */
  values(random: Random, now: number): Record<string, SqlValue>;
  /** Marks a transaction as under way until it settles. */
  during<T>(transaction: Promise<T>): Promise<T>;
}

const TYPES = [
  { sqlType: 'DATETIME', fieldType: 'datetime' },
  { sqlType: 'VARCHAR(255)', fieldType: 'varchar' },
  { sqlType: 'DOUBLE(24,8)', fieldType: 'price' },
  { sqlType: 'INT', fieldType: 'int' },
  { sqlType: 'TEXT', fieldType: 'html' },
  { sqlType: 'DATE', fieldType: 'date' },
];

export const LIVE_COLUMN_PREFIX = 'sim_champ_';

function drawValue(random: Random, column: LiveColumn, now: number): SqlValue {
  if (random.chance(0.3)) return null;
  if (column.fieldType === 'datetime') return sqlDateTime(now);
  if (column.fieldType === 'date') return sqlDate(now);
  if (column.fieldType === 'price') return random.int(1, 999_999) / 100;
  if (column.fieldType === 'int') return random.int(0, 1000);
  return random.pick(['oui', 'à vérifier', '<p>Vu sur place &amp; validé</p>', '']);
}

/** `existing` are the names of an earlier run's columns that are still there; `next` numbers the next one. */
export function createLiveColumns(existing: readonly LiveColumn[], next: number): LiveColumns {
  const columns = [...existing];
  const underWay = new Set<Promise<unknown>>();
  let number = next;
  return {
    columns,
    plan: () => {
      const type = TYPES[number % TYPES.length]!;
      const name = `${LIVE_COLUMN_PREFIX}${number}`;
      number += 1;
      return { name, ...type };
    },
    add: (column) => {
      columns.push(column);
    },
    retire: async () => {
      const column = columns.shift();
      await Promise.allSettled([...underWay]);
      return column;
    },
    values: (random, now) =>
      Object.fromEntries(columns.map((column) => [column.name, drawValue(random, column, now)])),
    during: (transaction) => {
      const settled = transaction.finally(() => underWay.delete(settled));
      underWay.add(settled);
      return settled;
    },
  };
}
