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
  readonly generated: boolean;
}

const COLUMNS_SQL = `
  SELECT c.TABLE_NAME AS tableName, c.COLUMN_NAME AS name, c.COLUMN_TYPE AS declaration,
         c.CHARACTER_SET_NAME AS charset, c.EXTRA AS extra
  FROM information_schema.COLUMNS c
  JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
  WHERE c.TABLE_SCHEMA = ? AND t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE'`;
const COLUMNS_ORDER = ' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION';

const KEYS_SQL = `
  SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name
  FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY'`;
const KEYS_ORDER = ' ORDER BY TABLE_NAME, SEQ_IN_INDEX';

/** Columns of all tables, or of the named ones: naming them spares the server opening every table. */
export async function readColumns(
  connection: Connection,
  database: string,
  names?: readonly string[],
): Promise<CatalogColumn[]> {
  const some = names ? ' AND c.TABLE_NAME IN (?) AND t.TABLE_NAME IN (?)' : '';
  const rows = await queryRows<{
    tableName: string;
    name: string;
    declaration: string;
    charset: string | null;
    extra: string;
  }>(connection, COLUMNS_SQL + some + COLUMNS_ORDER, [database, database, ...(names ? [names, names] : [])]);
  return rows.map((row) => ({
    table: row.tableName,
    name: row.name,
    declaration: row.declaration,
    charset: row.charset,
    type: catalogType(row.declaration, row.charset),
    generated: /VIRTUAL/i.test(row.extra),
  }));
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
  const keys = await queryRows<{ tableName: string; name: string }>(
    connection,
    KEYS_SQL + (rules.names ? ' AND TABLE_NAME IN (?)' : '') + KEYS_ORDER,
    [database, ...(rules.names ? [rules.names] : [])],
  );
  const keyOf = groupByTable(keys);
  const columnsOf = groupByTable(columns.map((column) => ({ ...column, tableName: column.table })));
  const names = [...columnsOf.keys()].filter(rules.captures);
  return names.map((table) => ({
    database,
    table,
    key: (keyOf.get(table) ?? []).map((row) => row.name),
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
