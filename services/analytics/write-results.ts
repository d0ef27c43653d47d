/** Results into the warehouse: a table per kind of result, a batch of rows per run, the latest batch as a view. */
import { quoteName } from '../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import type { Cell, ResultColumn, ResultTable } from './analysis.ts';

export interface ResultsTarget {
  readonly database: string;
  /** ISO 8601 in UTC. */
  readonly runAt: string;
}

/** Days for which runs are kept. */
const KEPT_DAYS = 400;

const quoteComment = (text: string): string => ` COMMENT '${text.replace(/[\\']/g, '\\$&')}'`;

function columnsOf(columns: readonly ResultColumn[]): string {
  return columns
    .map(({ name, type, comment }) => `${quoteName(name)} ${type}${comment ? quoteComment(comment) : ''}`)
    .join(', ');
}

async function createTable(warehouse: Warehouse, table: ResultTable, database: string): Promise<void> {
  const name = `${quoteName(database)}.${quoteName(`analytics_${table.name}`)}`;
  await warehouse.command(
    `CREATE TABLE IF NOT EXISTS ${name} (run_at DateTime64(3, 'UTC'), ${columnsOf(table.columns)}) ` +
      `ENGINE = MergeTree ORDER BY run_at TTL toDateTime(run_at) + INTERVAL ${KEPT_DAYS} DAY ` +
      `SETTINGS non_replicated_deduplication_window = 1000`,
  );
  for (const column of table.columns) {
    await warehouse.command(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${columnsOf([column])}`);
  }
  const view = `${quoteName(database)}.${quoteName(`v_analytics_${table.name}`)}`;
  await warehouse.command(
    `CREATE OR REPLACE VIEW ${view} AS SELECT * FROM ${name} WHERE run_at = (SELECT max(run_at) FROM ${name})`,
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
};

function cellText(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return '\\N';
  return String(cell).replace(/[\\\t\n\r\0]/g, (sign) => ESCAPES[sign]!);
}

/** Creates what is missing and adds the rows; the same run written twice counts once. */
export async function writeResults(
  warehouse: Warehouse,
  tables: readonly ResultTable[],
  { database, runAt }: ResultsTarget,
): Promise<void> {
  for (const table of tables) {
    await createTable(warehouse, table, database);
    if (table.rows.length === 0) continue;
    const at = runAt.replace('T', ' ').replace('Z', '');
    const lines = table.rows.map((row) => [at, ...row.map(cellText)].join('\t'));
    await warehouse.insertText({
      database,
      table: `analytics_${table.name}`,
      columns: ['run_at', ...table.columns.map(({ name }) => name)],
      rows: Buffer.from(`${lines.join('\n')}\n`),
      token: `analytics:${table.name}:${runAt}`,
    });
  }
}
