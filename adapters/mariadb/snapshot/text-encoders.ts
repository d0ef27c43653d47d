/**
 * Encode the text of a selected value exactly as the binlog decoder encodes the same value. They read digits from the
 * bytes where they are: a string or a bigint per value would cost more than all the rest of a copy.
 */
import { writeBigLong, writeDecimal, writeLong, writeMicros } from '../../../core/avro-bytes.ts';
import { daysFromCivil } from '../../../core/calendar.ts';
import type { ColumnType } from '../../../core/column-type.ts';

/** The text to encode, text[from, end), and where its Avro value goes. One object, so that nothing is boxed per value. */
export class TextState {
  text: Buffer = Buffer.alloc(0);
  from = 0;
  end = 0;
  out: Buffer = Buffer.alloc(0);
  to = 0;
}

/** Writes the value and moves `to` behind it; false, having written nothing, when Avro cannot hold it (a zero date). */
export type TextEncoder = (state: TextState) => boolean;

export function textEncoder(type: ColumnType): TextEncoder {
  switch (type.kind) {
    case 'int':
      return type.bits === 64 && type.unsigned ? encodeDecimal : encodeLong;
    case 'bit':
      return type.width === 64 ? encodeDecimal : encodeLong;
    case 'decimal':
      return encodeDecimal;
    case 'float':
      return (state) => {
        state.to = state.out.writeFloatLE(readFloat(state), state.to);
        return true;
      };
    case 'double':
      return (state) => {
        state.to = state.out.writeDoubleLE(readFloat(state), state.to);
        return true;
      };
    case 'year':
      return encodeLong;
    case 'date':
      return encodeDate;
    case 'datetime':
    case 'timestamp':
      return instantEncoder(type.precision);
    case 'time':
      return encodeTime;
    default:
      return encodeText;
  }
}

const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
/** So many digits always make a safe integer. */
const SAFE_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, power) => 10 ** power);
const DAY_MS = 86_400_000;
const LOOP_COPY_BELOW = 48;

const textOf = ({ text, from, end }: TextState): string => text.toString('latin1', from, end);

/** The digits of text[from, end) as one number, sign and point left out of it. */
function readDigits(text: Buffer, from: number, end: number): number {
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = text[at]! - ZERO;
    if (digit >= 0) value = value * 10 + digit;
  }
  return value;
}

function encodeLong(state: TextState): boolean {
  const { text, from, end } = state;
  if (end - from > SAFE_DIGITS) {
    state.to = writeBigLong(state.out, state.to, BigInt(textOf(state)));
    return true;
  }
  const value = readDigits(text, from, end);
  state.to = writeLong(state.out, state.to, text[from] === MINUS ? -value : value);
  return true;
}

/** Also a plain integer, which is a decimal without a point. */
function encodeDecimal(state: TextState): boolean {
  const { text, from, end, out } = state;
  if (end - from > SAFE_DIGITS) {
    state.to = writeDecimal(out, state.to, BigInt(textOf(state).replace('.', '')));
    return true;
  }
  const value = readDigits(text, from, end);
  state.to = writeSmallDecimal(out, state.to, text[from] === MINUS ? -value : value);
  return true;
}

/** As writeDecimal of core, for safe integers. */
function writeSmallDecimal(out: Buffer, at: number, value: number): number {
  let length = 1;
  for (let limit = 0x80; value >= limit || value < -limit; limit *= 0x100) length++;
  out[at++] = length << 1;
  if (length <= 6) return out.writeIntBE(value, at, length);
  // So few digits make seven bytes at most; six are all that writeIntBE takes.
  const high = Math.floor(value / 0x100);
  out[out.writeIntBE(high, at, 6)] = value - high * 0x100;
  return at + 7;
}

/**
 * A short number without an exponent is two exact numbers and one division, which rounds right; the others take the
 * long way.
 */
function readFloat(state: TextState): number {
  const { text, from, end } = state;
  if (end - from > SAFE_DIGITS) return Number(textOf(state));
  let point = end - 1;
  for (let at = from; at < end; at++) {
    const byte = text[at]!;
    if (byte === POINT) point = at;
    else if ((byte < ZERO || byte > COLON - 1) && !(byte === MINUS && at === from))
      return Number(textOf(state));
  }
  const value = readDigits(text, from, end) / POWERS_OF_TEN[end - 1 - point]!;
  return text[from] === MINUS ? -value : value;
}

function encodeText(state: TextState): boolean {
  const { text, end, out } = state;
  let { from } = state;
  let at = writeLong(out, state.to, end - from);
  // A loop, since a call to copy costs as much as so many bytes.
  if (end - from < LOOP_COPY_BELOW) while (from < end) out[at++] = text[from++]!;
  else at += text.copy(out, at, from, end);
  state.to = at;
  return true;
}

/** Days since the epoch of the `YYYY-MM-DD` at `from`; null when year, month or day is zero. */
function readDays({ text, from }: TextState): number | null {
  const year = readDigits(text, from, from + 4);
  const month = readDigits(text, from + 5, from + 7);
  const day = readDigits(text, from + 8, from + 10);
  return year > 0 && month > 0 && day > 0 ? daysFromCivil(year, month, day) : null;
}

function encodeDate(state: TextState): boolean {
  const days = readDays(state);
  if (days === null) return false;
  state.to = writeLong(state.out, state.to, days);
  return true;
}

/** Microseconds of the digits in text[from, end), which follow the point. */
function readMicros(text: Buffer, from: number, end: number): number {
  return readDigits(text, from, end) * POWERS_OF_TEN[6 - (end - from)]!;
}

function instantEncoder(precision: number): TextEncoder {
  return (state) => {
    const days = readDays(state);
    if (days === null) return false;
    const { text, from, end } = state;
    const hours = readDigits(text, from + 11, from + 13);
    const minutes = readDigits(text, from + 14, from + 16);
    const seconds = readDigits(text, from + 17, from + 19);
    const milliseconds = days * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000;
    const micros = end - from > 20 ? readMicros(text, from + 20, end) : 0;
    state.to =
      precision > 3
        ? writeMicros(state.out, state.to, milliseconds, micros)
        : writeLong(state.out, state.to, milliseconds + Math.floor(micros / 1000));
    return true;
  };
}

/** `[-]h…h:mm:ss[.f…]`, hours of any length; microseconds. */
function encodeTime(state: TextState): boolean {
  const { text, from, end } = state;
  const start = text[from] === MINUS ? from + 1 : from;
  let colon = start;
  while (text[colon] !== COLON) colon++;
  const hours = readDigits(text, start, colon);
  const minutes = readDigits(text, colon + 1, colon + 3);
  const seconds = readDigits(text, colon + 4, colon + 6);
  const micros =
    ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 +
    (end > colon + 7 ? readMicros(text, colon + 7, end) : 0);
  state.to = writeLong(state.out, state.to, start > from ? -micros : micros);
  return true;
}
