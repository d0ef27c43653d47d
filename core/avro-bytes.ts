/** Avro's binary primitives, written at an offset of a buffer; each returns the offset after what it wrote. */

/** A long or int. `value` must be a safe integer. */
export function writeLong(out: Uint8Array, at: number, value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) {
    let small = (value << 1) ^ (value >> 31);
    while (small > 0x7f) {
      out[at++] = (small & 0x7f) | 0x80;
      small >>>= 7;
    }
    out[at++] = small;
    return at;
  }
  if (value > 0x1fffffffffffff / 2 || value < -0x1fffffffffffff / 2)
    return writeBigLong(out, at, BigInt(value));
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest > 0x7f) {
    out[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  return at;
}

/** A long of full 64-bit range. */
export function writeBigLong(out: Uint8Array, at: number, value: bigint): number {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest > 0x7fn) {
    out[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  out[at++] = Number(rest);
  return at;
}

/** A long of milliseconds * 1000 + micros, which is no safe integer for moments after the year 2255. */
export function writeMicros(out: Uint8Array, at: number, milliseconds: number, micros: number): number {
  const value = milliseconds * 1000 + micros;
  if (Number.isSafeInteger(value)) return writeLong(out, at, value);
  return writeBigLong(out, at, BigInt(milliseconds) * 1000n + BigInt(micros));
}

/** Bytes, or a string that is already UTF-8. */
export function writeBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  at = writeLong(out, at, bytes.length);
  out.set(bytes, at);
  return at + bytes.length;
}

export function writeString(out: Buffer, at: number, text: string): number {
  const length = Buffer.byteLength(text);
  at = writeLong(out, at, length);
  return at + out.write(text, at, length, 'utf8');
}

/** The unscaled value of a decimal: shortest big-endian two's complement, as bytes. */
export function writeDecimal(out: Uint8Array, at: number, unscaled: bigint): number {
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++;
  at = writeLong(out, at, length);
  for (let shift = (length - 1) * 8; shift >= 0; shift -= 8) {
    out[at++] = Number((unscaled >> BigInt(shift)) & 0xffn);
  }
  return at;
}
