/**
 * How each column is selected, so that its text is exact and means the same as the binlog's bytes: SELECT prints FLOAT
 * with six digits only, BIT as raw bytes, and TIMESTAMP in the session's time zone (set to UTC by the snapshot).
 */
import type { Column, TableSchema } from '../../../core/table-schema.ts';

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

function selectExpression(column: Column): string {
  const name = quoteName(column.name);
  switch (column.type.kind) {
    case 'float':
    case 'double':
      // Seventeen digits, whatever FLOAT(M,D) or DOUBLE(M,D) would round the printed text to.
      return `CAST(${name} AS DOUBLE)`;
    case 'bit':
      return `CAST(${name} AS UNSIGNED)`;
    default:
      return name;
  }
}

/** One expression for each column of the table. */
export const selectExpressions = (table: TableSchema): string[] => table.columns.map(selectExpression);

export function selectTable(table: TableSchema): string {
  const columns = selectExpressions(table).join(', ');
  const order = table.key.length ? ` ORDER BY ${table.key.map(quoteName).join(', ')}` : '';
  return `SELECT ${columns} FROM ${quoteName(table.database)}.${quoteName(table.table)}${order}`;
}
