import { DolistreamError } from '../../../core/errors.ts';

/** Reads Kafka's primitives (big-endian, length-prefixed) from a response. Every read is checked against its end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  /** An int64 that stands for an offset, a time or a count: all of them safe integers in practice. */
  int64(): number {
    const at = this.#take(8);
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4);
  }

  bigInt64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view, not a copy; empty for null. */
  nullableBytes(): Buffer {
    const length = this.int32();
    if (length <= 0) return this.#bytes.subarray(0, 0);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  array<Item>(readItem: () => Item): Item[] {
    const length = this.int32();
    if (length > this.left) throw truncated();
    const items: Item[] = [];
    for (let index = 0; index < length; index++) items.push(readItem());
    return items;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw truncated();
    this.#at = at + length;
    return at;
  }
}

const truncated = (): DolistreamError =>
  new DolistreamError('LOG_CORRUPT', 'A Kafka broker sent an answer that is shorter than it says');
