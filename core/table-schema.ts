import { type ColumnType, formatColumnType } from './column-type.ts';

/** One captured column. Columns that a rule drops are not in the schema at all. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * A table as its events describe it at one moment of the binlog. Nullability, defaults and lengths are left out
 * on purpose: they do not change how a value is encoded, so they must not make a new schema version.
 */
export interface TableSchema {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly Column[];
  /** Names of the primary key's columns in key order; empty when the table has no key. */
  readonly key: readonly string[];
}

/** `database.table`, the way a table is named to users and in maps. */
export function tableName(schema: { readonly database: string; readonly table: string }): string {
  return `${schema.database}.${schema.table}`;
}

/** Equal fingerprints encode alike: same columns in the same order, same types, same key. */
export function schemaFingerprint(schema: TableSchema): string {
  const columns = schema.columns.map((column) => `${column.name}:${formatColumnType(column.type)}`);
  return JSON.stringify([schema.database, schema.table, columns, schema.key]);
}
