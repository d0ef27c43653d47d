/** Writes Kafka's primitives (big-endian, length-prefixed) into a buffer that grows. For heads, not for bulk data. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  int8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: number | bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  string(text: string): this {
    const length = Buffer.byteLength(text);
    this.int16(length);
    const at = this.#grow(length);
    this.#bytes.write(text, at, length, 'utf8');
    return this;
  }

  nullableString(text: string | null): this {
    return text === null ? this.int16(-1) : this.string(text);
  }

  /** Text where Kafka wants bytes: with a length of four bytes. */
  text(text: string): this {
    const length = Buffer.byteLength(text);
    this.int32(length);
    const at = this.#grow(length);
    this.#bytes.write(text, at, length, 'utf8');
    return this;
  }

  array<Item>(items: readonly Item[], writeItem: (item: Item) => void): this {
    this.int32(items.length);
    for (const item of items) writeItem(item);
    return this;
  }

  /** What was written since the start or the last `take`; the writer goes on empty. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(256);
    this.#length = 0;
    return taken;
  }

  /** Makes room and answers where it is; may change `#bytes`. */
  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#length * 2);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
