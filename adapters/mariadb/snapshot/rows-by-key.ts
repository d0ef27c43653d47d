/** Single rows of a table, asked for by key, and what there is of them. */
import type { ReadRows, RowCursor } from '../../../core/ports/change-source.ts';
import type { Column, TableSchema } from '../../../core/table-schema.ts';
import { selectedText } from './canonical-text.ts';
import { EncodedRows } from './encoded-rows.ts';
import { keyColumns, valueLiteral } from './key-paging.ts';
import { quoteName, selectExpressions } from './select-expressions.ts';
import { TextRowCursor } from './text-row-cursor.ts';
import { type TextRow, TextRowEncoder } from './text-row-encoder.ts';

type CanonicalRow = readonly (string | null)[];

/** The SELECT of all rows that have the key of one of these. */
export function selectRows(table: TableSchema, rows: readonly CanonicalRow[]): string {
  const key = keyColumns(table);
  const places = key.map((column) => table.columns.indexOf(column));
  const conditions = rows.map((row) => {
    const parts = key.map((column, part) => isValue(column, row[places[part]!] ?? null));
    return `(${parts.join(' AND ')})`;
  });
  const source = `${quoteName(table.database)}.${quoteName(table.table)}`;
  return `SELECT ${selectExpressions(table).join(', ')} FROM ${source} WHERE ${conditions.join(' OR ')}`;
}

/** A zero date, which the log has as the epoch, is found under that name, too. */
function isValue(column: Column, value: string | null): string {
  const name = quoteName(column.name);
  const { kind } = column.type;
  const isDate = kind === 'date' || kind === 'datetime' || kind === 'timestamp';
  if (!isDate) return `${name} = ${valueLiteral(column, value ?? '')}`;
  const isZero = `MONTH(${name}) = 0 OR DAYOFMONTH(${name}) = 0`;
  if (value === null) return `(${isZero})`;
  const isEqual = `${name} = ${valueLiteral(column, value)}`;
  return value.startsWith('1970-01-01') ? `(${isEqual} OR ${isZero})` : isEqual;
}

/** Tells the rows that were asked for from those that are there: by their keys as the log writes them. */
export class RowsByKey {
  readonly #table: TableSchema;
  readonly #present: EncodedRows;
  readonly #asked: readonly TextRow[];

  constructor(table: TableSchema, asked: readonly CanonicalRow[]) {
    this.#table = table;
    this.#present = new EncodedRows(new TextRowEncoder(table), 64 * 1024);
    this.#asked = asked.map((row) => row.map((text, at) => selectedText(table.columns[at]!.type, text)));
  }

  /** A row that is there, as a packet of the text protocol holds it in text[from, end). */
  add(text: Buffer, from: number, end: number): void {
    this.#present.add(text, from, end);
  }

  read(moment: Pick<ReadRows, 'through' | 'timestampMs'>): ReadRows {
    const present = this.#present;
    const keys = Array.from({ length: present.count }, (_, index) => present.keyText(index));
    const gone = this.#missing(new Set(keys));
    const goneKeys = [...gone.keys()];
    return {
      ...moment,
      count: present.count + goneKeys.length,
      keyText: (index) => keys[index] ?? goneKeys[index - present.count]!,
      cursors: (skips) => this.#cursors(skips, [...gone.values()]),
    };
  }

  #cursors(skips: (index: number) => boolean, gone: readonly TextRow[]): RowCursor[] {
    const deleted = gone.filter((_, index) => !skips(this.#present.count + index));
    return [this.#present.cursor(skips), new TextRowCursor(new TextRowEncoder(this.#table), deleted, 'd')];
  }

  /** The rows asked for whose keys are not among these, by key. */
  #missing(present: ReadonlySet<string>): Map<string, TextRow> {
    const encoder = new TextRowEncoder(this.#table);
    const gone = new Map<string, TextRow>();
    for (const row of this.#asked) {
      const most = encoder.maxBytes(row.reduce((sum, cell) => sum + (cell?.length ?? 0), 0));
      const image = Buffer.allocUnsafe(most);
      encoder.writeImage(row, image, 0);
      const key = Buffer.allocUnsafe(most);
      const text = key.toString('latin1', 0, encoder.writeKey(image, key, 0));
      if (!present.has(text)) gone.set(text, row);
    }
    return gone;
  }
}
