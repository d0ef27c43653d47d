/** SQL text from rows: literals, inserts of one row and of many. */
import mysql from 'mysql2/promise';

/** A piece of SQL that stands for a value, e.g. `@ticket` or `LAST_INSERT_ID()`. */
export interface SqlExpression {
  readonly sql: string;
}

export type SqlValue = string | number | null | SqlExpression;
export type Row = Readonly<Record<string, SqlValue>>;

export const expression = (sql: string): SqlExpression => ({ sql });

export function literal(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'object') return value.sql;
  return mysql.escape(value);
}

const valuesOf = (row: Row): string => `(${Object.values(row).map(literal).join(',')})`;

/** One statement; all rows have the columns of the first, in its order. */
export function insertRows(table: string, rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
    .map((name) => `\`${name}\``)
    .join(',');
  return `INSERT INTO ${table} (${columns}) VALUES ${rows.map(valuesOf).join(',')}`;
}

export const insertRow = (table: string, row: Row): string => insertRows(table, [row]);

/** `UPDATE table SET … WHERE key = …`. */
export function updateRow(table: string, changes: Row, key: Row): string {
  const assign = (row: Row, glue: string) =>
    Object.entries(row)
      .map(([name, value]) => `\`${name}\` = ${literal(value)}`)
      .join(glue);
  return `UPDATE ${table} SET ${assign(changes, ', ')} WHERE ${assign(key, ' AND ')}`;
}
