/** Rows of a table as Avro images and keys, back to back, in the order in which they were read. */
import { grownNumbers } from '../../../core/grown-numbers.ts';
import type { RowCursor } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { TextRowEncoder } from './text-row-encoder.ts';

const FIRST_ROWS = 1024;

export class EncodedRows {
  readonly #encoder: TextRowEncoder;
  #images: Buffer<ArrayBuffer>;
  #imageEnds = new Uint32Array(FIRST_ROWS);
  #keys = Buffer.allocUnsafe(FIRST_ROWS * 8);
  #keyEnds = new Uint32Array(FIRST_ROWS);
  #count = 0;

  /** @param bytes how much the images will take, as far as can be told. */
  constructor(encoder: TextRowEncoder, bytes: number) {
    this.#encoder = encoder;
    this.#images = Buffer.allocUnsafeSlow(bytes);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#imagesEnd + this.#keysEnd;
  }

  /** Adds the row that a packet of the text protocol holds in text[from, end). */
  add(text: Buffer, from: number, end: number): void {
    const encoder = this.#encoder;
    const most = encoder.maxBytes(end - from);
    const imageStart = this.#imagesEnd;
    const keyStart = this.#keysEnd;
    if (imageStart + most > this.#images.length)
      this.#images = grown(this.#images, imageStart, imageStart + most);
    if (keyStart + most > this.#keys.length) this.#keys = grown(this.#keys, keyStart, keyStart + most);
    if (this.#count === this.#imageEnds.length) {
      this.#imageEnds = grownNumbers(this.#imageEnds);
      this.#keyEnds = grownNumbers(this.#keyEnds);
    }
    this.#imageEnds[this.#count] = encoder.writePacketImage(text, from, this.#images, imageStart);
    this.#keyEnds[this.#count] = encoder.writeKey(this.#images, this.#keys, keyStart);
    this.#count++;
  }

  /** The key of a row as text, byte for character. */
  keyText(index: number): string {
    return this.#keys.toString('latin1', index === 0 ? 0 : this.#keyEnds[index - 1]!, this.#keyEnds[index]!);
  }

  cursor(skips: (index: number) => boolean): RowCursor {
    return new EncodedRowCursor(this.#encoder.table, this, skips);
  }

  writeImage(index: number, out: Buffer, at: number): number {
    const start = index === 0 ? 0 : this.#imageEnds[index - 1]!;
    return at + this.#images.copy(out, at, start, this.#imageEnds[index]!);
  }

  writeKey(index: number, out: Buffer, at: number): number {
    const start = index === 0 ? 0 : this.#keyEnds[index - 1]!;
    return at + this.#keys.copy(out, at, start, this.#keyEnds[index]!);
  }

  imageBytes(index: number): number {
    return this.#imageEnds[index]! - (index === 0 ? 0 : this.#imageEnds[index - 1]!);
  }

  get #imagesEnd(): number {
    return this.#count === 0 ? 0 : this.#imageEnds[this.#count - 1]!;
  }

  get #keysEnd(): number {
    return this.#count === 0 ? 0 : this.#keyEnds[this.#count - 1]!;
  }
}

class EncodedRowCursor implements RowCursor {
  readonly operation = 'r';
  readonly table: TableSchema;
  readonly #rows: EncodedRows;
  readonly #skips: (index: number) => boolean;
  #index = -1;

  constructor(table: TableSchema, rows: EncodedRows, skips: (index: number) => boolean) {
    this.table = table;
    this.#rows = rows;
    this.#skips = skips;
  }

  next(): boolean {
    do this.#index++;
    while (this.#index < this.#rows.count && this.#skips(this.#index));
    return this.#index < this.#rows.count;
  }

  maxImageBytes(): number {
    return this.#rows.imageBytes(this.#index);
  }

  writeImage(out: Buffer, at: number): number {
    return this.#rows.writeImage(this.#index, out, at);
  }

  writeKey(out: Buffer, at: number): number {
    return this.#rows.writeKey(this.#index, out, at);
  }
}

function grown(buffer: Buffer<ArrayBuffer>, used: number, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.max(Math.ceil(buffer.length * 1.5), needed));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
