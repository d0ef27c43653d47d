/**
 * How each column is selected, so that its text is exact and means the same as the binlog's bytes: SELECT prints FLOAT
 * with six digits only, BIT as raw bytes, and TIMESTAMP in the session's time zone (set to UTC by the snapshot).
 */
import { DolistreamError } from '../../../core/errors.ts';
import type { KeyRange } from '../../../core/ports/change-source.ts';
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

const fromTable = (table: TableSchema): string =>
  `FROM ${quoteName(table.database)}.${quoteName(table.table)}`;

export function selectTable(table: TableSchema, within?: KeyRange): string {
  const columns = selectExpressions(table).join(', ');
  const order = table.key.length ? ` ORDER BY ${table.key.map(quoteName).join(', ')}` : '';
  return `SELECT ${columns} ${fromTable(table)}${within ? whereWithin(table, within) : ''}${order}`;
}

/** The lowest and the highest first key column, as text. */
export function selectKeySpan(table: TableSchema): string {
  const name = quoteName(table.key[0]!);
  return `SELECT CAST(MIN(${name}) AS CHAR), CAST(MAX(${name}) AS CHAR) ${fromTable(table)}`;
}

function whereWithin(table: TableSchema, { first, last }: KeyRange): string {
  const name = quoteName(table.key[0]!);
  const bounds = [
    ...(first === null ? [] : [`${name} >= ${wholeNumber(first)}`]),
    ...(last === null ? [] : [`${name} <= ${wholeNumber(last)}`]),
  ];
  return bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`;
}

function wholeNumber(text: string): string {
  if (/^-?\d{1,20}$/.test(text)) return text;
  throw new DolistreamError('INTERNAL', `"${text}" is no bound of a key`);
}
