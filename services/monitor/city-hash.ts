/**
 * CityHash128 as ClickHouse has it (version 1.0.2, which later versions do not agree with): the checksum of its own
 * compressed blocks. https://github.com/ClickHouse/ClickHouse/tree/master/contrib/cityhash102
 */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const K3 = 0xc949d7c7509e6557n;
const MIX = 0x9ddfea08eb382d69n;
/** Bytes of the state's round, and of the pieces that the rest is taken in. */
const ROUND = 64;
const PIECE = 32;

type Pair = readonly [low: bigint, high: bigint];

const cut = (value: bigint): bigint => BigInt.asUintN(64, value);
const times = (left: bigint, right: bigint): bigint => BigInt.asUintN(64, left * right);
const rotated = (value: bigint, bits: bigint): bigint =>
  BigInt.asUintN(64, (value >> bits) | (value << (64n - bits)));
const folded = (value: bigint): bigint => value ^ (value >> 47n);

function mixed(low: bigint, high: bigint): bigint {
  const first = folded(times(low ^ high, MIX));
  return times(folded(times(high ^ first, MIX)), MIX);
}

function hashShort(bytes: Buffer): bigint {
  const size = bytes.length;
  const length = BigInt(size);
  if (size > 8) {
    const last = bytes.readBigUInt64LE(size - 8);
    return mixed(bytes.readBigUInt64LE(0), rotated(cut(last + length), length)) ^ last;
  }
  if (size >= 4) {
    const first = BigInt(bytes.readUInt32LE(0)) << 3n;
    return mixed(length + first, BigInt(bytes.readUInt32LE(size - 4)));
  }
  if (size === 0) return K2;
  const y = BigInt(bytes[0]! + (bytes[size >> 1]! << 8));
  const z = BigInt(size + (bytes[size - 1]! << 2));
  return times(folded(times(y, K2) ^ times(z, K3)), K2);
}

/** For fewer than 128 bytes. */
function hashMurmur(bytes: Buffer, [seedLow, seedHigh]: Pair): Pair {
  const size = bytes.length;
  let [a, b] = [seedLow, seedHigh];
  let c: bigint;
  let d: bigint;
  if (size <= 16) {
    a = times(folded(times(a, K1)), K1);
    c = cut(times(b, K1) + hashShort(bytes));
    d = folded(cut(a + (size >= 8 ? bytes.readBigUInt64LE(0) : c)));
  } else {
    c = mixed(cut(bytes.readBigUInt64LE(size - 8) + K1), a);
    d = mixed(cut(b + BigInt(size)), cut(c + bytes.readBigUInt64LE(size - 16)));
    a = cut(a + d);
    for (let at = 0; at < size - 16; at += 16) {
      a = times(a ^ times(folded(times(bytes.readBigUInt64LE(at), K1)), K1), K1);
      b ^= a;
      c = times(c ^ times(folded(times(bytes.readBigUInt64LE(at + 8), K1)), K1), K1);
      d ^= c;
    }
  }
  a = mixed(a, c);
  b = mixed(d, b);
  return [a ^ b, mixed(b, a)];
}

/**
 * The state of a long hash: numbers of 64 bits as two of 32, the low one first, which is ten times as quick as BigInts.
 * A register's name is its place.
 */
class Registers {
  readonly words = new Uint32Array(20);

  get(register: number): bigint {
    return (BigInt(this.words[register + 1]!) << 32n) | BigInt(this.words[register]!);
  }

  set(register: number, value: bigint): void {
    this.words[register] = Number(value & 0xffff_ffffn);
    this.words[register + 1] = Number(value >> 32n);
  }

  copy(register: number, other: number): void {
    this.words[register] = this.words[other]!;
    this.words[register + 1] = this.words[other + 1]!;
  }

  add(register: number, other: number): void {
    const { words } = this;
    const low = words[register]! + words[other]!;
    words[register] = low;
    words[register + 1] = words[register + 1]! + words[other + 1]! + (low > 0xffff_ffff ? 1 : 0);
  }

  addBytes(register: number, bytes: DataView, at: number): void {
    const { words } = this;
    const low = words[register]! + bytes.getUint32(at, true);
    words[register] = low;
    words[register + 1] = words[register + 1]! + bytes.getUint32(at + 4, true) + (low > 0xffff_ffff ? 1 : 0);
  }

  xor(register: number, other: number): void {
    this.words[register]! ^= this.words[other]!;
    this.words[register + 1]! ^= this.words[other + 1]!;
  }

  /** To the right, by 1 to 63 bits but not 32. */
  rotate(register: number, bits: number): void {
    const { words } = this;
    const isFar = bits > 32;
    const by = bits & 31;
    const low = words[register + (isFar ? 1 : 0)]!;
    const high = words[register + (isFar ? 0 : 1)]!;
    words[register] = (low >>> by) | (high << (32 - by));
    words[register + 1] = (high >>> by) | (low << (32 - by));
  }

  /** By K1, in halves of 16 bits, whose products fit. */
  timesK1(register: number): void {
    const { words } = this;
    const low = words[register]!;
    const [a0, a1] = [low & 0xffff, low >>> 16];
    const p00 = a0 * K1_LOW_0;
    const p01 = a0 * K1_LOW_1;
    const p10 = a1 * K1_LOW_0;
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const high = a1 * K1_LOW_1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    const cross = Math.imul(low, K1_HIGH) + Math.imul(words[register + 1]!, K1_LOW);
    words[register] = (middle << 16) | (p00 & 0xffff);
    words[register + 1] = high + cross;
  }
}

const K1_LOW = Number(K1 & 0xffff_ffffn);
const K1_HIGH = Number(K1 >> 32n);
const [K1_LOW_0, K1_LOW_1] = [K1_LOW & 0xffff, K1_LOW >>> 16];

const [X, Y, Z, V0, V1, W0, W1, A, B, C] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18] as const;

/** Takes 32 bytes into the pair that begins at the register, from A and B. */
function weave(r: Registers, into: number, bytes: DataView, at: number): void {
  r.addBytes(A, bytes, at);
  r.add(B, A);
  r.addBytes(B, bytes, at + 24);
  r.rotate(B, 21);
  r.copy(C, A);
  r.addBytes(A, bytes, at + 8);
  r.addBytes(A, bytes, at + 16);
  r.copy(into, A);
  r.addBytes(into, bytes, at + 24);
  r.rotate(A, 44);
  r.add(B, A);
  r.add(B, C);
  r.copy(into + 2, B);
}

function hashRound(r: Registers, bytes: DataView, at: number): void {
  r.add(X, Y);
  r.add(X, V0);
  r.addBytes(X, bytes, at + 16);
  r.rotate(X, 37);
  r.timesK1(X);
  r.add(Y, V1);
  r.addBytes(Y, bytes, at + 48);
  r.rotate(Y, 42);
  r.timesK1(Y);
  r.xor(X, W1);
  r.xor(Y, V0);
  r.xor(Z, W0);
  r.rotate(Z, 33);
  r.copy(A, V1);
  r.timesK1(A);
  r.copy(B, X);
  r.add(B, W0);
  weave(r, V0, bytes, at);
  r.copy(A, Z);
  r.add(A, W1);
  r.copy(B, Y);
  weave(r, W0, bytes, at + PIECE);
  r.copy(A, Z);
  r.copy(Z, X);
  r.copy(X, A);
}

function startState(bytes: DataView, [low, high]: Pair): Registers {
  const r = new Registers();
  const z = times(BigInt(bytes.byteLength), K1);
  const v0 = cut(times(rotated(high ^ K1, 49n), K1) + bytes.getBigUint64(0, true));
  r.set(X, low);
  r.set(Y, high);
  r.set(Z, z);
  r.set(V0, v0);
  r.set(V1, cut(times(rotated(v0, 42n), K1) + bytes.getBigUint64(8, true)));
  r.set(W0, cut(times(rotated(cut(high + z), 35n), K1) + low));
  r.set(W1, times(rotated(cut(low + bytes.getBigUint64(88, true)), 53n), K1));
  return r;
}

/** One of the last pieces, from the end. */
function hashPiece(r: Registers, bytes: DataView, at: number): void {
  const [x, y, v0, v1] = [r.get(X), r.get(Y), r.get(V0), r.get(V1)];
  const w0 = cut(r.get(W0) + bytes.getBigUint64(at + 16, true));
  r.set(Y, cut(times(rotated(cut(y - x), 42n), K0) + v1));
  r.set(X, cut(times(rotated(x, 49n), K0) + w0));
  r.set(W0, cut(w0 + v0));
  r.copy(A, V0);
  r.copy(B, V1);
  weave(r, V0, bytes, at);
}

function hashLong(bytes: Buffer, seed: Pair): Pair {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const r = startState(view, seed);
  const size = bytes.length;
  let at = 0;
  for (; size - at >= 2 * ROUND; at += 2 * ROUND) {
    hashRound(r, view, at);
    hashRound(r, view, at + ROUND);
  }
  r.set(Y, cut(r.get(Y) + times(rotated(r.get(W0), 37n), K0) + r.get(Z)));
  r.set(X, cut(r.get(X) + times(rotated(cut(r.get(V0) + r.get(Z)), 49n), K0)));
  for (let taken = 0; taken < size - at;) {
    taken += PIECE;
    hashPiece(r, view, size - taken);
  }
  const x = mixed(r.get(X), r.get(V0));
  const y = mixed(r.get(Y), r.get(W0));
  return [cut(mixed(cut(x + r.get(V1)), r.get(W1)) + y), mixed(cut(x + r.get(W1)), cut(y + r.get(V1)))];
}

/** The 16 bytes that stand before a compressed block. */
export function cityHash128(bytes: Buffer): Buffer {
  const size = bytes.length;
  let [seed, rest]: [Pair, Buffer] = [[K0, K1], bytes];
  if (size >= 16) {
    seed = [bytes.readBigUInt64LE(0) ^ K3, bytes.readBigUInt64LE(8)];
    rest = bytes.subarray(16);
  } else if (size >= 8) {
    seed = [bytes.readBigUInt64LE(0) ^ times(BigInt(size), K0), bytes.readBigUInt64LE(size - 8) ^ K1];
    rest = bytes.subarray(0, 0);
  }
  const [low, high] = rest.length >= 2 * ROUND ? hashLong(rest, seed) : hashMurmur(rest, seed);
  const hash = Buffer.alloc(16);
  hash.writeBigUInt64LE(low, 0);
  hash.writeBigUInt64LE(high, 8);
  return hash;
}
