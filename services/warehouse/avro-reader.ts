/**
 * Reads Avro's binary primitives one after the other. Of bytes that are no Avro it reads something, and `isAtEnd` is
 * false afterwards.
 */

const EMPTY = Buffer.alloc(0);

export class AvroReader {
  #bytes: Buffer = EMPTY;
  #at = 0;

  /** Continues with the bytes [start, end). */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#at = 0;
  }

  /** All was read and nothing beyond. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** An int, or the number of a union's branch. */
  readInt(): number {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined && byte < 0x80) {
      this.#at++;
      return (byte >>> 1) ^ -(byte & 1);
    }
    return Number(this.readLong());
  }

  readLong(): bigint {
    let low = 0;
    let shift = 0;
    let byte: number;
    // Four groups of seven bits fit a 32-bit number; what is longer goes on as a bigint.
    do {
      byte = this.#next();
      low |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f && shift < 28);
    let value = BigInt(low);
    while (byte > 0x7f && shift < 70) {
      byte = this.#next();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      shift += 7;
    }
    return (value >> 1n) ^ -(value & 1n);
  }

  readFloat(): number {
    const bytes = this.#take(4);
    return bytes.length === 4 ? bytes.readFloatLE() : 0;
  }

  readDouble(): number {
    const bytes = this.#take(8);
    return bytes.length === 8 ? bytes.readDoubleLE() : 0;
  }

  /** Bytes or a string, as a view that is valid until the next reset. */
  readBytes(): Buffer {
    return this.#take(this.readInt());
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #take(length: number): Buffer {
    const start = this.#at;
    this.#at = length < 0 ? Infinity : start + length;
    return this.#bytes.subarray(start, this.#at);
  }
}

/** The unscaled value of a decimal: big-endian two's complement. */
export function decimalValue(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}
