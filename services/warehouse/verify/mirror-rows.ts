/** Reads a mirror table as canonical text, the way the source's snapshot gives its rows. */
import { quoteName, quoteTable } from '../../../core/clickhouse-sql.ts';
import type { ColumnType } from '../../../core/column-type.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { mirrorColumns } from '../column-mapping.ts';
import { mirrorTableName } from '../table-plan.ts';
import type { TextRow } from './row-digest.ts';

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

export async function* readMirrorRows(
  warehouse: Warehouse,
  table: TableSchema,
  options: { readonly timezone: string; readonly qualifyTables: boolean; readonly signal: AbortSignal },
): AsyncIterable<TextRow[]> {
  const names = mirrorColumns(
    table.columns,
    table.columns.map((column) => column.name),
    table.key,
    options.timezone,
  );
  const expressions = table.columns.map(
    (column, index) => `toNullable(${textExpression(quoteName(names[index]!.name), column.type)})`,
  );
  const from = quoteTable('mirror', mirrorTableName(table, options.qualifyTables));
  const bytes = await warehouse.stream(`SELECT ${expressions.join(', ')} FROM ${from}`, 'RowBinary', {
    settings: { final: 1 },
    signal: options.signal,
  });
  const normalisers = table.columns.map((column) => normalise(column.type));
  for await (const rows of parseRows(bytes, table.columns.length)) {
    yield rows.map((row) =>
      row.map((text, index) => (text === null ? null : (normalisers[index]?.(text) ?? text))),
    );
  }
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
