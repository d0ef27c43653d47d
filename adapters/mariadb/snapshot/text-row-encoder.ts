/** Turns selected rows of one table into Avro images and keys. */
import type { TableSchema } from '../../../core/table-schema.ts';
import { type TextEncoder, textEncoder, TextState } from './text-encoders.ts';

/** One selected row: the bytes of each column's text, null for NULL. */
export type TextRow = readonly (Buffer | null)[];

const NULL_BRANCH = 0;
const VALUE_BRANCH = 2;
/** Of the text protocol: NULL, and lengths of two, three and eight bytes. */
const NULL_MARK = 0xfb;
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
/** What a value may take beyond its text: union branch and length, or a number longer than its digits. */
export const EXTRA_BYTES_PER_VALUE = 24;

export class TextRowEncoder {
  readonly table: TableSchema;
  readonly #encoders: readonly TextEncoder[];
  readonly #key: readonly number[];
  readonly #isKey: readonly boolean[];
  /** For each column of the image last written, where its union starts and, in the last entry, where the image ends. */
  readonly #starts: Uint32Array;
  readonly #state = new TextState();

  constructor(table: TableSchema) {
    this.table = table;
    this.#encoders = table.columns.map((column) => textEncoder(column.type));
    this.#key = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
    this.#isKey = table.columns.map((column) => table.key.includes(column.name));
    this.#starts = new Uint32Array(table.columns.length + 1);
  }

  /** Most bytes that the image of a row with so much text can take. */
  maxBytes(textBytes: number): number {
    return textBytes + EXTRA_BYTES_PER_VALUE * (this.#encoders.length + 1);
  }

  /** Writes the image of a row given as cells; returns the offset after it. */
  writeImage(row: TextRow, out: Buffer, at: number): number {
    const state = this.#state;
    state.out = out;
    state.to = at;
    for (let i = 0; i < this.#encoders.length; i++) {
      const cell = row[i] ?? null;
      if (cell !== null) {
        state.text = cell;
        state.from = 0;
        state.end = cell.length;
      }
      this.#writeValue(i, cell === null);
    }
    this.#starts[this.#encoders.length] = state.to;
    return state.to;
  }

  /** The same for a row as the text protocol sends it: each value a length and its bytes, from `text[from]` on. */
  writePacketImage(text: Buffer, from: number, out: Buffer, at: number): number {
    const state = this.#state;
    state.out = out;
    state.to = at;
    state.text = text;
    const count = this.#encoders.length;
    for (let i = 0; i < count; i++) {
      let length = text[from++]!;
      if (length === NULL_MARK) {
        this.#writeValue(i, true);
        continue;
      }
      if (length > NULL_MARK) {
        const bytes = length === TWO_BYTES ? 2 : length === THREE_BYTES ? 3 : 6;
        length = text.readUIntLE(from, bytes);
        // A length of eight bytes cannot need more than six: the row would not fit into memory.
        from += bytes === 6 ? 8 : bytes;
      }
      state.from = from;
      state.end = from += length;
      this.#writeValue(i, false);
    }
    this.#starts[count] = state.to;
    return state.to;
  }

  /** Key of the image last written, out of which it is copied; returns the offset after it. */
  writeKey(image: Buffer, out: Buffer, at: number): number {
    for (const index of this.#key) {
      const start = this.#starts[index]!;
      const end = this.#starts[index + 1]!;
      // A zero date in a key, which has no null, is day 0, as the binlog decoder has it.
      if (image[start] === NULL_BRANCH) out[at++] = 0;
      else at += image.copy(out, at, start + 1, end);
    }
    return at;
  }

  #writeValue(index: number, isNull: boolean): void {
    const state = this.#state;
    const start = state.to++;
    if (this.#isKey[index] || this.#isKey[index - 1]) this.#starts[index] = start;
    if (!isNull && this.#encoders[index]!(state)) state.out[start] = VALUE_BRANCH;
    else state.out[start] = NULL_BRANCH;
  }
}
