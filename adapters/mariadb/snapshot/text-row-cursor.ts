import type { RowCursor } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { type TextEncoder, textEncoder } from './text-encoders.ts';

/** One selected row: the bytes of each column's text, null for NULL. */
export type TextRow = readonly (Buffer | null)[];

const NULL_BRANCH = 0;
const VALUE_BRANCH = 2;

/** Encoders of one table, shared by its cursors. */
export class TextRowEncoder {
  readonly table: TableSchema;
  readonly #encoders: readonly TextEncoder[];
  readonly #key: readonly number[];

  constructor(table: TableSchema) {
    this.table = table;
    this.#encoders = table.columns.map((column) => textEncoder(column.type));
    this.#key = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  }

  writeImage(row: TextRow, out: Buffer, at: number): number {
    for (let i = 0; i < this.#encoders.length; i++) {
      const cell = row[i] ?? null;
      const end = cell === null ? null : this.#encoders[i]!(cell, out, at + 1);
      out[at] = end === null ? NULL_BRANCH : VALUE_BRANCH;
      at = end ?? at + 1;
    }
    return at;
  }

  writeKey(row: TextRow, out: Buffer, at: number): number {
    for (const index of this.#key) {
      const end = this.#encoders[index]!(row[index]!, out, at);
      if (end === null) out[at] = 0;
      at = end ?? at + 1;
    }
    return at;
  }
}

/** Rows of a snapshot, as `r` events. */
export class TextRowCursor implements RowCursor {
  readonly operation = 'r';
  readonly #encoder: TextRowEncoder;
  readonly #rows: readonly TextRow[];
  #index = -1;

  constructor(encoder: TextRowEncoder, rows: readonly TextRow[]) {
    this.#encoder = encoder;
    this.#rows = rows;
  }

  get table(): TableSchema {
    return this.#encoder.table;
  }

  next(): boolean {
    return ++this.#index < this.#rows.length;
  }

  maxImageBytes(): number {
    return this.#rows[this.#index]!.reduce((sum, cell) => sum + 24 + (cell?.length ?? 0), 16);
  }

  writeImage(out: Buffer, at: number): number {
    return this.#encoder.writeImage(this.#rows[this.#index]!, out, at);
  }

  writeKey(out: Buffer, at: number): number {
    return this.#encoder.writeKey(this.#rows[this.#index]!, out, at);
  }
}
