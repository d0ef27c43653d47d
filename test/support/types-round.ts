/**
 * Tables of random columns with random values, copied and streamed: what SELECT prints must be what the warehouse prints
 * and what the lake's events come to. The texts that are compared are made by MariaDB and by ClickHouse, with nothing of
 * the code that reads, writes or compares events.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { eventColumns } from '../../adapters/lake/event-columns.ts';
import { readFileMetadata } from '../../adapters/lake/parquet-work.ts';
import { avroFieldNames } from '../../core/avro-schema.ts';
import { quoteName as quoteClickhouse, quoteText } from '../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { createRandom, type Random } from '../../simulator/random.ts';
import { LiveSchema, quoteName } from './live-schema.ts';
import type { TestMariadb } from './mariadb.ts';
import { differencesOf, startPipeline } from './pipeline.ts';
import { randomTable } from './random-tables.ts';
import { randomLiteral, type SourceColumn } from './random-values.ts';
import { insertRow, WRITER_SETTINGS } from './schema-writers.ts';
import { readSourceRows, type SourceRows, sortedRows, type TextRow } from './source-rows.ts';

export interface TypesRound {
  readonly tables: number;
  readonly rows: number;
  /** Empty when all is equal. */
  readonly differences: readonly string[];
}

const ROWS = 10;
const CHANGES = 8;

/** The round of a seed is always the same. Its tables are those of `db.database`, which it empties. */
export async function runTypesRound(
  db: TestMariadb,
  options: { readonly seed: number; readonly tables: number },
): Promise<TypesRound> {
  const random = createRandom(options.seed);
  const connection = await db.connect();
  await connection.query(`DROP DATABASE ${db.database}; CREATE DATABASE ${db.database}; USE ${db.database}`);
  await connection.query(WRITER_SETTINGS);
  await connection.query("SET SESSION time_zone = '+00:00'");
  const copied = Array.from({ length: options.tables }, (_, index) => `copied_${index}`);
  const streamed = copied.map((_, index) => `streamed_${index}`);
  for (const [index, table] of copied.entries()) {
    await connection.query(randomTable(table, random));
    await connection.query(`CREATE TABLE ${streamed[index]!} LIKE ${table}`);
  }
  const schema = await LiveSchema.read(db, db.database);
  for (const table of copied)
    for (let row = 0; row < ROWS; row++) await insert(connection, schema, table, random);
  const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-types-'));
  try {
    const differences = await followChanges(db, {
      dataDir,
      change: () => change(connection, schema, { copied, streamed, random }),
    });
    const expected = new Map<string, SourceRows>();
    for (const table of [...copied, ...streamed]) expected.set(table, await readSourceRows(db, table));
    differences.push(...(await compareStores(dataDir, schema, expected)));
    const rows = [...expected.values()].reduce((sum, table) => sum + table.rows.length, 0);
    return { tables: expected.size, rows, differences };
  } finally {
    connection.destroy();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function followChanges(
  db: TestMariadb,
  { dataDir, change }: { readonly dataDir: string; readonly change: () => Promise<void> },
): Promise<string[]> {
  await using pipeline = await startPipeline({
    source: db.captureUrl(),
    dataDir,
    stages: ['capture', 'lake', 'warehouse'],
  });
  await change();
  await pipeline.caughtUp();
  return differencesOf(await pipeline.verify());
}

/** The same rows again as they were copied, and then changes to both. */
async function change(
  connection: Connection,
  schema: LiveSchema,
  run: { readonly copied: readonly string[]; readonly streamed: readonly string[]; readonly random: Random },
): Promise<void> {
  const { copied, streamed, random } = run;
  for (const [index, table] of copied.entries()) {
    await connection.query(`INSERT INTO ${streamed[index]!} SELECT * FROM ${table}`);
  }
  for (const table of [...copied, ...streamed]) {
    for (let left = CHANGES; left > 0; left--) {
      if (random.chance(0.3)) await insert(connection, schema, table, random);
      else await changeRows(connection, schema, table, random);
    }
  }
}

/** A key that is there already, and a value that a column beside a key cannot take, are no failure. */
const insert = (connection: Connection, schema: LiveSchema, table: string, random: Random): Promise<void> =>
  unlessDuplicate(connection, insertRow(table, schema.columns(table), random));

async function changeRows(
  connection: Connection,
  schema: LiveSchema,
  table: string,
  random: Random,
): Promise<void> {
  // The n-th row in some order that the seed decides, not the server.
  const columns = schema.columns(table);
  const where = `ORDER BY ${columns.map(({ name }) => `MD5(${quoteName(name)})`).join(', ')} LIMIT 1`;
  if (random.chance(0.25)) return unlessDuplicate(connection, `DELETE FROM ${table} ${where}`);
  const changed = columns.filter(() => random.chance(2 / columns.length));
  if (changed.length === 0) return;
  const sets = changed.map((column) => `${quoteName(column.name)} = ${randomLiteral(column, random)}`);
  await unlessDuplicate(connection, `UPDATE ${table} SET ${sets.join(', ')} ${where}`);
}

async function unlessDuplicate(connection: Connection, sql: string): Promise<void> {
  try {
    await connection.query(sql);
  } catch (error) {
    if ((error as { errno?: number }).errno !== 1062) throw error;
  }
}

async function compareStores(
  dataDir: string,
  schema: LiveSchema,
  expected: ReadonlyMap<string, SourceRows>,
): Promise<string[]> {
  const warehouse = await openChdb({ dir: join(dataDir, 'warehouse') });
  const differences: string[] = [];
  try {
    for (const [table, source] of expected) {
      const columns = schema.columns(table);
      const mirror = await readMirror(warehouse, table, columns);
      differences.push(...compare(`${table} in the mirror`, source, sortedRows(mirror, source.floats)));
      const lake = await replayLake(warehouse, { folder: join(dataDir, 'lake'), table, columns, schema });
      differences.push(...compare(`${table} in the lake`, source, sortedRows(lake, source.floats)));
    }
  } finally {
    await warehouse.close();
  }
  return differences;
}

function compare(what: string, source: SourceRows, found: readonly TextRow[]): string[] {
  if (source.rows.length !== found.length) return [`${what}: ${found.length} rows for ${source.rows.length}`];
  for (const [index, row] of source.rows.entries()) {
    const at = row.findIndex((value, column) => value !== found[index]![column]);
    if (at === -1) continue;
    const show = (text: string | null | undefined): string =>
      JSON.stringify(text)?.slice(0, 200) ?? 'nothing';
    return [
      `${what}: ${source.columns[at]!} is ${show(row[at])} in the source and ${show(found[index]![at])} here`,
    ];
  }
  return [];
}

async function readMirror(
  warehouse: Warehouse,
  table: string,
  columns: readonly SourceColumn[],
): Promise<TextRow[]> {
  const expressions = columns.map((column) => textOf(quoteClickhouse(column.name), column, 'mirror'));
  return readRows(warehouse, `SELECT [${expressions.join(', ')}] AS row FROM mirror.${table}`);
}

async function readRows(warehouse: Warehouse, sql: string): Promise<TextRow[]> {
  const rows = await warehouse.rows<{ row: TextRow }>(sql, { settings: { final: 1 } });
  return rows.map(({ row }) => row);
}

/** What the events come to, one after the other: each says what was there before it and what is after it. */
async function replayLake(
  warehouse: Warehouse,
  at: {
    readonly folder: string;
    readonly table: string;
    readonly columns: readonly SourceColumn[];
    readonly schema: LiveSchema;
  },
): Promise<TextRow[]> {
  const { folder, table, columns, schema } = at;
  const path = join(folder, `${schema.database}.${table}`);
  // A table in which nothing ever was has no file.
  if (!(await readdir(folder)).includes(`${schema.database}.${table}`)) return [];
  const names = avroFieldNames(columns.map(({ name }) => ({ name, type: { kind: 'text' as const } })));
  const image = (name: string): string =>
    `[${columns.map((column, index) => textOf(`${name}.${quoteClickhouse(names[index]!)}`, column, 'lake')).join(', ')}]`;
  const [first] = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.parquet'));
  const { schema: schemaText } = await readFileMetadata(join(path, first!), first!);
  // Left to itself ClickHouse takes no date after 2299 from Parquet; so they are read as days.
  const structure = quoteText(eventColumns(schemaText).parquetStructure);
  const events = await warehouse.rows<{ op: string; before: TextRow; after: TextRow }>(
    `SELECT op, ${image('e.before')} AS before, ${image('e.after')} AS after
     FROM file(${quoteText(`${path}/**/*.parquet`)}, Parquet, ${structure}) AS e ORDER BY e.event_offset`,
  );
  const present = new Map<string, { row: TextRow; count: number }>();
  const add = (row: TextRow, by: number): void => {
    const text = JSON.stringify(row);
    present.set(text, { row, count: (present.get(text)?.count ?? 0) + by });
  };
  const asDates = (row: TextRow): TextRow =>
    row.map((text, index) => (text !== null && columns[index]!.declaration === 'date' ? dateOf(text) : text));
  for (const event of events) {
    const { op } = event;
    const [before, after] = [asDates(event.before), asDates(event.after)];
    if (op === 't') present.clear();
    if (op === 'u' || op === 'd') add(before, -1);
    if (op === 'c' || op === 'u' || op === 'r') add(after, 1);
  }
  return [...present.values()].flatMap(({ row, count }) => Array.from({ length: count }, () => row));
}

const dateOf = (days: string): string => new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);

/** The value as source-rows.ts writes it. */
function textOf(value: string, { declaration }: SourceColumn, where: 'mirror' | 'lake'): string {
  const [, type = '', size = ''] = /^(\w+)(?:\((.*?)\))?/.exec(declaration.toLowerCase())!;
  switch (type) {
    case 'datetime':
    case 'timestamp': {
      const moment = type === 'timestamp' ? `toTimeZone(${value}, 'UTC')` : value;
      return `toString(CAST(${moment}, 'Nullable(DateTime64(6, \\'UTC\\'))'))`;
    }
    case 'time':
      return where === 'lake'
        ? `toString(${value})`
        : `toString(toInt64(toDecimal64(${value}, 6) * 1000000))`;
    case 'decimal':
      return `toDecimalString(${value}, ${Number(size.split(',')[1] ?? 0)})`;
    case 'float':
      return `toString(toFloat64(${value}))`;
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return `hex(${value})`;
    default:
      return /^multi|geom|point|linestring|polygon/.test(type) ? `hex(${value})` : `toString(${value})`;
  }
}
