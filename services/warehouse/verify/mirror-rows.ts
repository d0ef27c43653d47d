/** Reads a mirror table as canonical text, the way the source's snapshot gives its rows. */
import { quoteName, quoteTable } from '../../../core/clickhouse-sql.ts';
import type { ColumnType } from '../../../core/column-type.ts';
import type { KeyRange } from '../../../core/ports/change-source.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { mirrorColumns } from '../column-mapping.ts';
import { mirrorTableName } from '../table-plan.ts';
import type { TextRow } from './row-digest.ts';
import type { KeySpan } from './sample.ts';

function textExpression(column: string, type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `toDecimalString(${column}, ${type.scale})`;
    case 'timestamp':
      return `toString(toTimeZone(${column}, 'UTC'))`;
    case 'binary':
    case 'geometry':
      return `hex(${column})`;
    default:
      return `toString(${column})`;
  }
}

/** Shortest texts of one number differ between engines; the number itself does not. */
function normalise(type: ColumnType): ((text: string) => string) | null {
  if (type.kind === 'float') return (text) => String(Math.fround(Number(text)));
  if (type.kind === 'double') return (text) => String(Number(text));
  return null;
}

export interface MirrorTable {
  readonly warehouse: Warehouse;
  readonly table: TableSchema;
  readonly timezone: string;
  readonly qualifyTables: boolean;
  readonly signal: AbortSignal;
}

const FINAL = { final: 1 };

const columnNames = ({ table, timezone }: MirrorTable): string[] =>
  mirrorColumns(
    table.columns,
    table.columns.map((column) => column.name),
    table.key,
    timezone,
  ).map(({ name }) => quoteName(name));

const fromMirror = ({ table, qualifyTables }: MirrorTable): string =>
  quoteTable('mirror', mirrorTableName(table, qualifyTables));

export async function* readMirrorRows(mirror: MirrorTable, within?: KeyRange): AsyncIterable<TextRow[]> {
  const { warehouse, table, signal } = mirror;
  const names = columnNames(mirror);
  const expressions = table.columns.map(
    (column, index) => `toNullable(${textExpression(names[index]!, column.type)})`,
  );
  const bounds = within ? boundsOf(firstKeyColumn(mirror), within) : [];
  const where = bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`;
  const sql = `SELECT ${expressions.join(', ')} FROM ${fromMirror(mirror)}${where}`;
  const bytes = await warehouse.stream(sql, 'RowBinary', { settings: FINAL, signal });
  const normalisers = table.columns.map((column) => normalise(column.type));
  for await (const rows of parseRows(bytes, table.columns.length)) {
    yield rows.map((row) =>
      row.map((text, index) => (text === null ? null : (normalisers[index]?.(text) ?? text))),
    );
  }
}

const firstKeyColumn = (mirror: MirrorTable): string =>
  columnNames(mirror)[mirror.table.columns.findIndex(({ name }) => name === mirror.table.key[0])]!;

/** Both bounds are whole numbers. */
const boundsOf = (column: string, { first, last }: KeyRange): string[] => [
  ...(first === null ? [] : [`${column} >= ${BigInt(first)}`]),
  ...(last === null ? [] : [`${column} <= ${BigInt(last)}`]),
];

/** Of a table whose first key column is a whole number; null when it is empty. */
export async function readMirrorSpan(mirror: MirrorTable): Promise<KeySpan | null> {
  const column = firstKeyColumn(mirror);
  const [row] = await mirror.warehouse.rows<{ first: string; last: string; rows: string }>(
    `SELECT toString(min(${column})) AS first, toString(max(${column})) AS last, count() AS rows FROM ${fromMirror(mirror)}`,
    { settings: FINAL, signal: mirror.signal },
  );
  const rows = Number(row?.rows ?? 0);
  return rows === 0 ? null : { first: BigInt(row!.first), last: BigInt(row!.last), rows };
}

/** RowBinary of Nullable(String) columns: a null byte, then for a value its length as a varint and its bytes. */
async function* parseRows(
  pieces: AsyncIterable<Uint8Array>,
  columns: number,
): AsyncIterable<(string | null)[][]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const buffer = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    const rows: (string | null)[][] = [];
    const cursor = { at: 0 };
    let rowStart = 0;
    for (;;) {
      const row = parseRow(buffer, cursor, columns);
      if (!row) break;
      rows.push(row);
      rowStart = cursor.at;
    }
    rest = buffer.subarray(rowStart);
    if (rows.length > 0) yield rows;
  }
}

/** null when the row is not complete in the buffer. */
function parseRow(buffer: Buffer, cursor: { at: number }, columns: number): (string | null)[] | null {
  const row: (string | null)[] = [];
  while (row.length < columns) {
    if (cursor.at >= buffer.length) return null;
    if (buffer[cursor.at++] === 1) {
      row.push(null);
      continue;
    }
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      if (cursor.at >= buffer.length) return null;
      const byte = buffer[cursor.at++]!;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (cursor.at + length > buffer.length) return null;
    row.push(buffer.toString('utf8', cursor.at, cursor.at + length));
    cursor.at += length;
  }
  return row;
}
