/** Rows of people who were forgotten, without what says who they are: encoded images, and texts as a comparison reads them. */
import { writeString } from '../../core/avro-bytes.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { ERASED } from '../../core/erasure.ts';
import type { RowCursor } from '../../core/ports/change-source.ts';
import type { TableSchema } from '../../core/table-schema.ts';

/** Which column tells the row apart, and which are personal. */
export interface MaskedColumns {
  readonly record: number;
  readonly personal: ReadonlySet<number>;
}

export type IsForgotten = (record: string) => boolean;

/** null: the table has no `rowid`. */
export function maskedColumns(table: TableSchema, personal: readonly string[]): MaskedColumns | null {
  const record = table.columns.findIndex(({ name }) => name === 'rowid');
  const indexes = table.columns.flatMap(({ name }, index) => (personal.includes(name) ? [index] : []));
  return record < 0 ? null : { record, personal: new Set(indexes) };
}

const NULL = 0;
/** Of a branch and an erased text. */
const MASK_BYTES = 16;

const isText = ({ kind }: ColumnType): boolean => kind === 'text' || kind === 'json';

/** A zig-zag number; the place after it too. */
function readLong(bytes: Buffer, from: number): readonly [value: bigint, end: number] {
  let [value, shift, at] = [0n, 0n, from];
  for (; ; shift += 7n) {
    const byte = bytes[at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [(value >> 1n) ^ -(value & 1n), at];
  }
}

function skipLong(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at++]! >= 0x80);
  return at;
}

/** The place after a value that is not null. */
function skipValue(bytes: Buffer, from: number, type: ColumnType): number {
  switch (type.kind) {
    case 'float':
      return from + 4;
    case 'double':
      return from + 8;
    case 'int':
      if (type.bits !== 64 || !type.unsigned) return skipLong(bytes, from);
      break;
    case 'bit':
      if (type.width !== 64) return skipLong(bytes, from);
      break;
    case 'year':
    case 'date':
    case 'datetime':
    case 'timestamp':
    case 'time':
      return skipLong(bytes, from);
    default:
  }
  const [length, at] = readLong(bytes, from);
  return at + Number(length);
}

/** Where each column of an image begins; the end comes last. */
function columnStarts(image: Buffer, table: TableSchema): number[] {
  const starts = [0];
  let at = 0;
  for (const { type } of table.columns) {
    at = image[at] === NULL ? at + 1 : skipValue(image, at + 1, type);
    starts.push(at);
  }
  return starts;
}

/** Passes rows on, those of forgotten people masked. */
export class MaskedRows implements RowCursor {
  readonly table: TableSchema;
  readonly #rows: RowCursor;
  readonly #columns: MaskedColumns;
  readonly #isForgotten: IsForgotten;
  #image = Buffer.alloc(0);

  constructor(rows: RowCursor, columns: MaskedColumns, isForgotten: IsForgotten) {
    this.table = rows.table;
    this.#rows = rows;
    this.#columns = columns;
    this.#isForgotten = isForgotten;
  }

  get operation(): RowCursor['operation'] {
    return this.#rows.operation;
  }

  next(): boolean {
    return this.#rows.next();
  }

  maxImageBytes(): number {
    return this.#rows.maxImageBytes() + this.#columns.personal.size * MASK_BYTES;
  }

  writeImage(out: Buffer, at: number): number {
    const bytes = this.#rows.maxImageBytes();
    // The rows below may look at what they wrote when they are asked for its key.
    if (this.#image.length < bytes) this.#image = Buffer.allocUnsafe(bytes);
    const image = this.#image.subarray(0, this.#rows.writeImage(this.#image, 0));
    const starts = columnStarts(image, this.table);
    const [record] = readLong(image, starts[this.#columns.record]! + 1);
    if (!this.#isForgotten(String(record))) return at + image.copy(out, at);
    return this.table.columns.reduce((end, { type }, index) => {
      const from = starts[index]!;
      const isKept = !this.#columns.personal.has(index) || image[from] === NULL;
      if (isKept) return end + image.copy(out, end, from, starts[index + 1]);
      out[end] = NULL;
      if (!isText(type)) return end + 1;
      const isEmpty = image[from + 1] === 0;
      out[end] = image[from]!;
      return writeString(out, end + 1, isEmpty ? '' : ERASED);
    }, at);
  }

  writeKey(out: Buffer, at: number): number {
    return this.#rows.writeKey(out, at);
  }
}

/** The same of a row's texts. */
export function maskTexts(
  row: (string | null)[],
  table: TableSchema,
  { columns, isForgotten }: { readonly columns: MaskedColumns; readonly isForgotten: IsForgotten },
): (string | null)[] {
  if (!isForgotten(row[columns.record] ?? '')) return row;
  return row.map((text, index) => {
    if (!columns.personal.has(index) || text === null || text === '') return text;
    return isText(table.columns[index]!.type) ? ERASED : null;
  });
}
