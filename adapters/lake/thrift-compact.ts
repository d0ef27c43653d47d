/**
 * Thrift's compact protocol as a tree that can be read, changed and written again: what Parquet's footer is made of.
 * Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { DolistreamError } from '../../core/errors.ts';

export const THRIFT = {
  true: 1,
  false: 2,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

export interface ThriftList {
  readonly elementType: number;
  readonly items: ThriftValue[];
}

/** Fields by id; their types are kept beside the values. */
export type ThriftStruct = Map<number, { readonly type: number; readonly value: ThriftValue }>;

/** Integers are bigint; binaries and doubles are their bytes. */
export type ThriftValue = boolean | bigint | Uint8Array | ThriftList | ThriftStruct;

const DOUBLE_BYTES = 8;
const LONG_LIST = 15;

export function readThriftStruct(bytes: Uint8Array): ThriftStruct {
  return new Reader(bytes).struct();
}

export function writeThriftStruct(struct: ThriftStruct): Buffer {
  const writer = new Writer();
  writer.struct(struct);
  return writer.result();
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    const fields: ThriftStruct = new Map();
    let id = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return fields;
      const delta = header >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      const type = header & 0x0f;
      fields.set(id, { type, value: this.#value(type) });
    }
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case THRIFT.true:
        return true;
      case THRIFT.false:
        return false;
      case 3:
        return BigInt(this.#byte());
      case 4:
      case THRIFT.i32:
      case THRIFT.i64:
        return this.#zigzag();
      case THRIFT.double:
        return this.#take(DOUBLE_BYTES);
      case THRIFT.binary:
        return this.#take(Number(this.#varint()));
      case THRIFT.list:
      case THRIFT.set:
        return this.#list();
      case THRIFT.struct:
        return this.struct();
      default:
        throw damagedFooter(`type ${type} at byte ${this.#at}`);
    }
  }

  #list(): ThriftList {
    const header = this.#byte();
    const elementType = header & 0x0f;
    const size = header >> 4 === LONG_LIST ? Number(this.#varint()) : header >> 4;
    const items: ThriftValue[] = [];
    for (let n = 0; n < size; n++) {
      const isBoolean = elementType === THRIFT.true || elementType === THRIFT.false;
      items.push(isBoolean ? this.#byte() === THRIFT.true : this.#value(elementType));
    }
    return { elementType, items };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damagedFooter('it ends too early');
    this.#at += 1;
    return byte;
  }

  #take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length !== length) throw damagedFooter('it ends too early');
    this.#at += length;
    return bytes;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

class Writer {
  readonly #bytes: number[] = [];

  result(): Buffer {
    return Buffer.from(this.#bytes);
  }

  struct(fields: ThriftStruct): void {
    let last = 0;
    for (const [id, { type, value }] of [...fields].sort(([a], [b]) => a - b)) {
      const written = typeof value === 'boolean' ? (value ? THRIFT.true : THRIFT.false) : type;
      const delta = id - last;
      if (delta <= 15) this.#bytes.push((delta << 4) | written);
      else {
        this.#bytes.push(written);
        this.#zigzag(BigInt(id));
      }
      last = id;
      if (typeof value !== 'boolean') this.#value(type, value);
    }
    this.#bytes.push(0);
  }

  #value(type: number, value: ThriftValue): void {
    if (typeof value === 'boolean') this.#bytes.push(value ? THRIFT.true : THRIFT.false);
    else if (typeof value === 'bigint') {
      if (type === 3) this.#bytes.push(Number(value));
      else this.#zigzag(value);
    } else if (value instanceof Uint8Array) {
      if (type === THRIFT.binary) this.#varint(BigInt(value.length));
      for (const byte of value) this.#bytes.push(byte);
    } else if (value instanceof Map) this.struct(value);
    else this.#list(value);
  }

  #list({ elementType, items }: ThriftList): void {
    if (items.length < LONG_LIST) this.#bytes.push((items.length << 4) | elementType);
    else {
      this.#bytes.push((LONG_LIST << 4) | elementType);
      this.#varint(BigInt(items.length));
    }
    for (const item of items) this.#value(elementType, item);
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes.push(Number(rest & 0x7fn) | 0x80);
    this.#bytes.push(Number(rest));
  }

  #zigzag(value: bigint): void {
    this.#varint(value < 0n ? -2n * value - 1n : 2n * value);
  }
}

function damagedFooter(reason: string): DolistreamError {
  return new DolistreamError('LAKE_CORRUPT', `The footer of a Parquet file cannot be read: ${reason}`);
}
