/**
 * The SELECT of one chunk: rows after a place, in key order. Places are compared by the server alone, so that they
 * follow each column's own collation; here they are only carried from the last row of one chunk to the next query.
 */
import type { ColumnType } from '../../../core/column-type.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { KeyPlace } from '../../../core/ports/change-source.ts';
import type { Column, TableSchema } from '../../../core/table-schema.ts';
import { quoteName, selectExpressions } from './select-expressions.ts';

/** ENUM and SET are ordered by number but compare as text, so their place is the number, selected beside the columns. */
const isNumbered = ({ type }: Column): boolean => type.kind === 'enum' || type.kind === 'set';

export const keyColumns = (table: TableSchema): Column[] =>
  table.key.map((name) => table.columns.find((column) => column.name === name)!);

/** For each key column, which value of a selected row is its place. */
export function placeIndexes(table: TableSchema): number[] {
  let extra = table.columns.length;
  return keyColumns(table).map((column) => (isNumbered(column) ? extra++ : table.columns.indexOf(column)));
}

export interface ChunkQuery {
  readonly table: TableSchema;
  readonly after: KeyPlace | null;
  readonly where: string | null;
  readonly maxRows: number;
}

export function selectChunk({ table, after, where, maxRows }: ChunkQuery): string {
  const key = keyColumns(table);
  const numbers = key.filter(isNumbered).map(({ name }) => `${quoteName(name)} + 0`);
  const conditions = [
    ...(after === null ? [] : [isAfter(key, after)]),
    ...(where === null ? [] : [`(${where}\n)`]),
  ];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = key.map(({ name }) => quoteName(name)).join(', ');
  // Statistics may be wrong; a condition of the user may know a better index.
  const index = where === null ? ' FORCE INDEX (PRIMARY)' : '';
  return (
    `SELECT ${[...selectExpressions(table), ...numbers].join(', ')} ` +
    `FROM ${quoteName(table.database)}.${quoteName(table.table)}${index}${filter} ORDER BY ${order} LIMIT ${maxRows}`
  );
}

/**
 * `(a, b) > (x, y)`, written out as `a > x OR (a = x AND (b > y))`: of this form servers make exact ranges of the
 * index, of the short one none, and of `a >= x AND …` one that rereads all rows of x for each chunk.
 */
function isAfter(key: readonly Column[], place: KeyPlace): string {
  const names = key.map(({ name }) => quoteName(name));
  const values = key.map((column, index) => placeLiteral(column, place[index]));
  const from = (index: number): string =>
    index === key.length - 1
      ? `${names[index]} > ${values[index]}`
      : `${names[index]} > ${values[index]} OR (${names[index]} = ${values[index]} AND (${from(index + 1)}))`;
  return `(${from(0)})`;
}

/** The place of a selected value as text that JSON can hold. */
export function placeText(column: Column, value: Buffer): string {
  return isBytes(column.type) ? value.toString('hex') : value.toString('utf8');
}

const isBytes = (type: ColumnType): boolean => type.kind === 'binary' || type.kind === 'geometry';

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const DATE_OR_TIME = /^-?[\d :.-]+$/;
const HEX = /^([\da-f]{2})*$/i;

function placeLiteral(column: Column, place: string | undefined): string {
  const literal = place === undefined ? null : literalOf(column, place);
  if (literal !== null) return literal;
  throw new DolistreamError('LOG_CORRUPT', `"${place}" is no place in the key column ${column.name}`, {
    fix: 'Start the copy anew: dolistream backfill --restart',
  });
}

/** A value in canonical text, for comparing with its column. ENUM and SET, which have no place here, compare as text. */
export function valueLiteral(column: Column, value: string): string {
  const literal = isNumbered(column) ? textLiteral(value) : literalOf(column, value);
  if (literal !== null) return literal;
  throw new DolistreamError('INTERNAL', `"${value}" is no value of the key column ${column.name}`);
}

/** As hex, whatever the server's sql_mode makes of backslashes and quotes. */
const textLiteral = (text: string): string => `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'`;

function literalOf(column: Column, place: string): string | null {
  switch (column.type.kind) {
    case 'int':
    case 'decimal':
    case 'float':
    case 'double':
    case 'year':
    case 'bit':
    case 'enum':
    case 'set':
      return NUMBER.test(place) ? place : null;
    case 'date':
    case 'datetime':
    case 'timestamp':
    case 'time':
      return DATE_OR_TIME.test(place) ? `'${place}'` : null;
    case 'binary':
    case 'geometry':
      return HEX.test(place) ? `x'${place}'` : null;
    default:
      return textLiteral(place);
  }
}
