import type { RowCursor } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { TextRow, TextRowEncoder } from './text-row-encoder.ts';

/** Rows of a snapshot, as `r` events, or as `d` those that are no more. */
export class TextRowCursor implements RowCursor {
  readonly operation: 'r' | 'd';
  readonly #encoder: TextRowEncoder;
  readonly #rows: readonly TextRow[];
  #index = -1;
  #image: Buffer = Buffer.alloc(0);

  constructor(encoder: TextRowEncoder, rows: readonly TextRow[], operation: 'r' | 'd' = 'r') {
    this.operation = operation;
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
    return this.#encoder.maxBytes(
      this.#rows[this.#index]!.reduce((sum, cell) => sum + (cell?.length ?? 0), 0),
    );
  }

  writeImage(out: Buffer, at: number): number {
    this.#image = out;
    return this.#encoder.writeImage(this.#rows[this.#index]!, out, at);
  }

  writeKey(out: Buffer, at: number): number {
    return this.#encoder.writeKey(this.#image, out, at);
  }
}
