/**
 * LZ4 blocks, which ClickHouse's own compression is made of and Node does not know.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
import { ClickHouseError } from './clickhouse-error.ts';

/** Bytes of the shortest repetition. */
const SHORTEST = 4;
/** A repetition may not begin within so many bytes of the end, nor reach into the last five. */
const END_DISTANCE = 12;
const LAST_LITERALS = 5;
const FARTHEST = 65_535;
const HASH_BITS = 14;
/** Bytes that come out for one that went in, at most. */
const LARGEST_GROWTH = 255;

/** Largest block that `size` bytes may become. */
const worstCase = (size: number): number => size + Math.ceil(size / 255) + 16;

const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);

class Writer {
  readonly out: Buffer;
  at = 0;

  constructor(size: number) {
    this.out = Buffer.allocUnsafe(worstCase(size));
  }

  /** A length beyond what the token holds. */
  #more(length: number): void {
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) this.out[this.at++] = 255;
    this.out[this.at++] = rest;
  }

  /** Bytes as they are, then a repetition of what stood `distance` before; 0: the end. */
  sequence(literals: Uint8Array, distance: number, length: number): void {
    const size = literals.length;
    const beyond = distance === 0 ? 0 : length - SHORTEST;
    this.out[this.at++] = (Math.min(size, 15) << 4) | Math.min(beyond, 15);
    if (size >= 15) this.#more(size);
    this.out.set(literals, this.at);
    this.at += size;
    if (distance === 0) return;
    this.out[this.at++] = distance & 0xff;
    this.out[this.at++] = distance >>> 8;
    if (beyond >= 15) this.#more(beyond);
  }
}

/** How far the bytes at both places are the same, from SHORTEST on. */
function repetitionLength(input: Buffer, before: number, at: number): number {
  const limit = input.length - LAST_LITERALS - at;
  let length = SHORTEST;
  while (length < limit && input[before + length] === input[at + length]) length += 1;
  return length;
}

/** Looks less often where nothing repeats, so that what cannot be compressed costs little. */
const SEARCH_BITS = 6;

export function compressLz4(input: Buffer): Buffer {
  const writer = new Writer(input.length);
  const places = new Int32Array(1 << HASH_BITS).fill(-1);
  const end = input.length - END_DISTANCE;
  let anchor = 0;
  let misses = 1 << SEARCH_BITS;
  for (let at = 0; at < end;) {
    const word = input.readInt32LE(at);
    const slot = slotOf(word);
    const before = places[slot]!;
    places[slot] = at;
    if (before < 0 || at - before > FARTHEST || input.readInt32LE(before) !== word) {
      at += misses++ >> SEARCH_BITS;
      continue;
    }
    const length = repetitionLength(input, before, at);
    writer.sequence(input.subarray(anchor, at), at - before, length);
    at += length;
    anchor = at;
    misses = 1 << SEARCH_BITS;
  }
  writer.sequence(input.subarray(anchor), 0, 0);
  return writer.out.subarray(0, writer.at);
}

const refuse = (): never => {
  throw new ClickHouseError('CANNOT_DECOMPRESS', 'A compressed block is not LZ4');
};

/** At most `largest` bytes come out. Throws CANNOT_DECOMPRESS. */
export function decompressLz4(input: Buffer, largest: number): Buffer {
  // Thousands of tiny blocks must not each take the room of the largest.
  const out = Buffer.allocUnsafe(Math.min(largest, input.length * LARGEST_GROWTH));
  let [from, to] = [0, 0];
  const next = (): number => (from < input.length ? input[from++]! : refuse());
  const lengthOf = (bits: number): number => {
    let length = bits;
    if (bits < 15) return length;
    for (let more = 255; more === 255;) length += more = next();
    return length;
  };
  for (;;) {
    const token = next();
    const literals = lengthOf(token >> 4);
    if (from + literals > input.length || to + literals > largest) refuse();
    input.copy(out, to, from, from + literals);
    from += literals;
    to += literals;
    if (from === input.length) return out.subarray(0, to);
    const distance = next() | (next() << 8);
    const length = lengthOf(token & 15) + SHORTEST;
    if (distance === 0 || distance > to || to + length > largest) refuse();
    // Byte by byte: a repetition may reach into itself.
    for (const stop = to + length; to < stop; to += 1) out[to] = out[to - distance]!;
  }
}
