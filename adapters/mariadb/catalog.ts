/** What information_schema says of the captured database: tables, columns, keys, character sets. */
import type { Connection } from 'mysql2/promise';
import { type ColumnType, parseColumnType } from '../../core/column-type.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { queryRows } from './connection.ts';

export interface CatalogColumn {
  readonly table: string;
  readonly name: string;
  readonly declaration: string;
  readonly charset: string | null;
  /** null: cannot be captured. */
  readonly type: ColumnType | null;
}

/*
 * One information_schema table per statement, joined here: MariaDB 10.11.19 was seen to crash (segfault in
 * get_all_tables) on a subquery over information_schema.STATISTICS while tables were being altered. Asking must never
 * hurt the source.
 */
const COLUMNS_SQL = `
  SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name, COLUMN_TYPE AS declaration, CHARACTER_SET_NAME AS charset
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?`;
const COLUMNS_ORDER = ' ORDER BY TABLE_NAME, ORDINAL_POSITION';

const TABLES_SQL = `
  SELECT TABLE_NAME AS tableName, TABLE_TYPE AS type, ENGINE AS engine
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`;

const SIZES_SQL = `
  SELECT TABLE_NAME AS tableName, TABLE_ROWS AS tableRows, DATA_LENGTH AS bytes
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`;

const KEYS_SQL = `
  SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name, INDEX_NAME AS indexName
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?`;
const KEYS_ORDER = ' ORDER BY TABLE_NAME, SEQ_IN_INDEX';

interface NamedTable {
  readonly tableName: string;
}

/** Rows of one information_schema table, of all tables or of the named ones: naming spares the server opening the rest. */
function readSchemaRows<Row extends NamedTable>(
  connection: Connection,
  sql: { readonly select: string; readonly order: string },
  scope: { readonly database: string; readonly names?: readonly string[] | undefined },
): Promise<Row[]> {
  const some = scope.names ? ' AND TABLE_NAME IN (?)' : '';
  const params = scope.names ? [scope.database, scope.names] : [scope.database];
  return queryRows<Row>(connection, sql.select + some + sql.order, params);
}

/** Base tables and their engines. */
export async function readBaseTables(
  connection: Connection,
  database: string,
  names?: readonly string[],
): Promise<{ readonly name: string; readonly engine: string | null }[]> {
  const rows = await readSchemaRows<NamedTable & { type: string; engine: string | null }>(
    connection,
    { select: TABLES_SQL, order: '' },
    { database, names },
  );
  return rows
    .filter((row) => row.type === 'BASE TABLE')
    .map((row) => ({ name: row.tableName, engine: row.engine }));
}

/** Rows and bytes of tables as the server guesses them. */
export async function readSizes(
  connection: Connection,
  database: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, { readonly rows: number; readonly bytes: number }>> {
  if (names.length === 0) return new Map();
  const sizes = await readSchemaRows<NamedTable & { tableRows: string | null; bytes: string | null }>(
    connection,
    { select: SIZES_SQL, order: '' },
    { database, names },
  );
  return new Map(
    sizes.map((row) => [row.tableName, { rows: Number(row.tableRows ?? 0), bytes: Number(row.bytes ?? 0) }]),
  );
}

/** Columns of all base tables, or of the named ones. */
export async function readColumns(
  connection: Connection,
  database: string,
  names?: readonly string[],
): Promise<CatalogColumn[]> {
  const tables = new Set((await readBaseTables(connection, database, names)).map((table) => table.name));
  const rows = await readSchemaRows<
    NamedTable & { name: string; declaration: string; charset: string | null }
  >(connection, { select: COLUMNS_SQL, order: COLUMNS_ORDER }, { database, names });
  return rows
    .filter((row) => tables.has(row.tableName))
    .map((row) => ({
      table: row.tableName,
      name: row.name,
      declaration: row.declaration,
      charset: row.charset,
      type: catalogType(row.declaration, row.charset),
    }));
}

/** Names of the primary key's columns, in key order, by table. */
export async function readPrimaryKeys(
  connection: Connection,
  database: string,
  names?: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await readSchemaRows<NamedTable & { name: string; indexName: string }>(
    connection,
    { select: KEYS_SQL, order: KEYS_ORDER },
    { database, names },
  );
  const keys = groupByTable(rows.filter((row) => row.indexName === 'PRIMARY'));
  return new Map([...keys].map(([table, parts]) => [table, parts.map((part) => part.name)]));
}

/** CHAR and VARCHAR with the binary character set are BINARY in all but name. */
function catalogType(declaration: string, charset: string | null): ColumnType | null {
  const type = parseColumnType(declaration);
  if (type?.kind === 'text' && charset === 'binary') return { kind: 'binary', length: null };
  return type;
}

/** Captured tables with their captured columns, in name order. */
export async function readTables(
  connection: Connection,
  database: string,
  rules: {
    /** Only these tables; all when not given. */
    readonly names?: readonly string[] | undefined;
    readonly captures: (table: string) => boolean;
    readonly drops: (table: string, column: string) => boolean;
  },
): Promise<TableSchema[]> {
  if (rules.names?.length === 0) return [];
  const columns = await readColumns(connection, database, rules.names);
  const keyOf = await readPrimaryKeys(connection, database, rules.names);
  const columnsOf = groupByTable(columns.map((column) => ({ ...column, tableName: column.table })));
  const names = [...columnsOf.keys()].filter(rules.captures);
  return names.map((table) => ({
    database,
    table,
    key: keyOf.get(table) ?? [],
    columns: columnsOf
      .get(table)!
      .filter((column) => !rules.drops(table, column.name))
      .flatMap((column) => (column.type ? [{ name: column.name, type: column.type }] : [])),
  }));
}

function groupByTable<Row extends { tableName: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.tableName);
    if (group) group.push(row);
    else groups.set(row.tableName, [row]);
  }
  return groups;
}

/**
 * Character set of each collation id. MariaDB's UCA 14 collations have an id per character set, and those are only in
 * COLLATION_CHARACTER_SET_APPLICABILITY, which other servers have without ids.
 */
export async function readCollations(connection: Connection): Promise<ReadonlyMap<number, string>> {
  const collations = await queryRows<{ id: string | number | null; charset: string | null }>(
    connection,
    'SELECT ID AS id, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATIONS',
  );
  const applicable = await queryRows<{ columnName: string }>(
    connection,
    `SELECT COLUMN_NAME AS columnName FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'COLLATION_CHARACTER_SET_APPLICABILITY' AND COLUMN_NAME = 'ID'`,
  );
  const more = applicable.length
    ? await queryRows<{ id: string | number | null; charset: string | null }>(
        connection,
        'SELECT ID AS id, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY',
      )
    : [];
  const byId = new Map<number, string>();
  for (const row of [...collations, ...more])
    if (row.id !== null && row.charset) byId.set(Number(row.id), row.charset);
  return byId;
}
