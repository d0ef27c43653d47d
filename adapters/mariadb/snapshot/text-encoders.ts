/** Encodes the text of a selected value exactly as the binlog decoder encodes the same value. */
import { writeBigLong, writeBytes, writeDecimal, writeLong } from '../../../core/avro-bytes.ts';
import { daysFromCivil } from '../../../core/calendar.ts';
import type { ColumnType } from '../../../core/column-type.ts';

/** Writes the value and returns the offset after it, or null for a value that Avro cannot hold (a zero date). */
export type TextEncoder = (text: Buffer, out: Buffer, at: number) => number | null;

export function textEncoder(type: ColumnType): TextEncoder {
  switch (type.kind) {
    case 'int':
      return type.bits < 64 ? encodeInt : type.unsigned ? encodeBigDecimal : encodeBigInt;
    case 'bit':
      return type.width === 64 ? encodeBigDecimal : encodeBigInt;
    case 'decimal':
      return (text, out, at) => writeDecimal(out, at, BigInt(text.toString('latin1').replace('.', '')));
    case 'float':
      return (text, out, at) => out.writeFloatLE(Number(text.toString('latin1')), at);
    case 'double':
      return (text, out, at) => out.writeDoubleLE(Number(text.toString('latin1')), at);
    case 'year':
      return encodeInt;
    case 'date':
      return encodeDate;
    case 'datetime':
    case 'timestamp':
      return instantEncoder(type.precision);
    case 'time':
      return encodeTime;
    default:
      return (text, out, at) => writeBytes(out, at, text);
  }
}

function encodeInt(text: Buffer, out: Buffer, at: number): number {
  return writeLong(out, at, Number(text.toString('latin1')));
}

function encodeBigInt(text: Buffer, out: Buffer, at: number): number {
  return writeBigLong(out, at, BigInt(text.toString('latin1')));
}

function encodeBigDecimal(text: Buffer, out: Buffer, at: number): number {
  return writeDecimal(out, at, BigInt(text.toString('latin1')));
}

/** Days since the epoch of `YYYY-MM-DD…`; null when year, month or day is zero. */
function parseDays(text: string): number | null {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  return year > 0 && month > 0 && day > 0 ? daysFromCivil(year, month, day) : null;
}

function encodeDate(text: Buffer, out: Buffer, at: number): number | null {
  const days = parseDays(text.toString('latin1'));
  return days === null ? null : writeLong(out, at, days);
}

/** Seconds of `hh:mm:ss`, hours of any length. */
function parseClock(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** Microseconds of the digits after the point. */
const parseFraction = (digits: string | undefined): number =>
  Number((digits ?? '').padEnd(6, '0').slice(0, 6));

function instantEncoder(precision: number): TextEncoder {
  return (bytes, out, at) => {
    const text = bytes.toString('latin1');
    const days = parseDays(text);
    if (days === null) return null;
    const [clock, fraction] = text.slice(11).split('.');
    const milliseconds = days * 86_400_000 + parseClock(clock!) * 1000;
    const micros = parseFraction(fraction);
    return writeLong(
      out,
      at,
      precision > 3 ? milliseconds * 1000 + micros : milliseconds + Math.floor(micros / 1000),
    );
  };
}

function encodeTime(bytes: Buffer, out: Buffer, at: number): number {
  const text = bytes.toString('latin1');
  const negative = text.startsWith('-');
  const [clock, fraction] = (negative ? text.slice(1) : text).split('.');
  const micros = parseClock(clock!) * 1_000_000 + parseFraction(fraction);
  return writeLong(out, at, negative ? -micros : micros);
}
