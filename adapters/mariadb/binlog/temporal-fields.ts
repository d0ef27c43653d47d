/**
 * Encoders of date and time columns. Formats: MariaDB sql-common/my_time.cc, MySQL "Date and Time Data Type
 * Representation". A zero or impossible date has no Avro value and becomes null.
 */
import { writeMicros } from '../../../core/avro-bytes.ts';
import { daysFromCivil } from '../../../core/calendar.ts';
import type { TranscodeState } from './transcode-state.ts';

export type FieldEncoder = (state: TranscodeState) => void;

const DAY_MS = 86_400_000;
const FRACTION_BYTES = [0, 1, 1, 2, 2, 3, 3] as const;
/** What one unit of the stored fraction is worth in microseconds, by its byte count. */
const FRACTION_UNIT = [0, 10_000, 100, 1] as const;

function readBigEndian(state: TranscodeState, bytes: number): number {
  const value = bytes === 0 ? 0 : state.source.readUIntBE(state.from, bytes);
  state.from += bytes;
  return value;
}

/** Milliseconds up to 3 digits of precision, microseconds above: the unit of the Avro logical type. */
function writeInstant(state: TranscodeState, milliseconds: number, micros: number, precision: number): void {
  if (precision > 3) state.to = writeMicros(state.out, state.to, milliseconds, micros);
  else state.long(milliseconds + Math.floor(micros / 1000));
}

function validDate(year: number, month: number, day: number): boolean {
  return year > 0 && month > 0 && month <= 12 && day > 0;
}

export function encodeDate(state: TranscodeState): void {
  const packed = state.source.readUIntLE(state.from, 3);
  state.from += 3;
  const year = packed >> 9;
  const month = (packed >> 5) & 15;
  const day = packed & 31;
  if (validDate(year, month, day)) state.long(daysFromCivil(year, month, day));
  else state.makeNull();
}

/** DATETIME since 5.6: 5 bytes big-endian (sign, 17 bits year*13+month, 5 day, 5 hour, 6 minute, 6 second), then the fraction. */
export function encodeDatetime2(precision: number): FieldEncoder {
  const fractionBytes = FRACTION_BYTES[precision]!;
  const unit = FRACTION_UNIT[fractionBytes]!;
  return (state) => {
    const high = readBigEndian(state, 1) & 0x7f;
    const low = readBigEndian(state, 4);
    const micros = readBigEndian(state, fractionBytes) * unit;
    const yearMonth = high * 1024 + (low >>> 22);
    const year = Math.floor(yearMonth / 13);
    const month = yearMonth % 13;
    const day = (low >>> 17) & 31;
    if (!validDate(year, month, day)) return state.makeNull();
    const seconds = ((low >>> 12) & 31) * 3600 + ((low >>> 6) & 63) * 60 + (low & 63);
    writeInstant(state, daysFromCivil(year, month, day) * DAY_MS + seconds * 1000, micros, precision);
  };
}

/** DATETIME of tables made before 5.6: YYYYMMDDhhmmss as one little-endian number. */
export function encodeOldDatetime(state: TranscodeState): void {
  const packed = Number(state.source.readBigUInt64LE(state.from));
  state.from += 8;
  const date = Math.floor(packed / 1_000_000);
  const time = packed % 1_000_000;
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  if (!validDate(year, month, day)) return state.makeNull();
  const seconds = Math.floor(time / 10_000) * 3600 + (Math.floor(time / 100) % 100) * 60 + (time % 100);
  state.long(daysFromCivil(year, month, day) * DAY_MS + seconds * 1000);
}

/** TIMESTAMP: seconds since the epoch, unsigned (MariaDB 11.5 goes to 2106), big-endian, then the fraction. */
export function encodeTimestamp2(precision: number): FieldEncoder {
  const fractionBytes = FRACTION_BYTES[precision]!;
  const unit = FRACTION_UNIT[fractionBytes]!;
  return (state) => {
    const seconds = readBigEndian(state, 4);
    const micros = readBigEndian(state, fractionBytes) * unit;
    if (seconds === 0 && micros === 0) state.makeNull();
    else writeInstant(state, seconds * 1000, micros, precision);
  };
}

export function encodeOldTimestamp(state: TranscodeState): void {
  const seconds = state.source.readUInt32LE(state.from);
  state.from += 4;
  if (seconds === 0) state.makeNull();
  else state.long(seconds * 1000);
}

/** TIME: 3 bytes big-endian offset by 2^23, then the fraction; together one signed number. In microseconds. */
export function encodeTime2(precision: number): FieldEncoder {
  const fractionBytes = FRACTION_BYTES[precision]!;
  const unit = FRACTION_UNIT[fractionBytes]!;
  const fractionSpan = 256 ** fractionBytes;
  return (state) => {
    const signed = (readBigEndian(state, 3) - 0x800000) * fractionSpan + readBigEndian(state, fractionBytes);
    const magnitude = Math.abs(signed);
    const packed = Math.floor(magnitude / fractionSpan);
    const seconds = ((packed >> 12) & 1023) * 3600 + ((packed >> 6) & 63) * 60 + (packed & 63);
    const micros = seconds * 1_000_000 + (magnitude % fractionSpan) * unit;
    state.long(signed < 0 ? -micros : micros);
  };
}

/** TIME of tables made before 5.6: hhmmss as a signed 3-byte number. */
export function encodeOldTime(state: TranscodeState): void {
  const packed = state.source.readIntLE(state.from, 3);
  state.from += 3;
  const magnitude = Math.abs(packed);
  const seconds =
    Math.floor(magnitude / 10_000) * 3600 + (Math.floor(magnitude / 100) % 100) * 60 + (magnitude % 100);
  state.long((packed < 0 ? -seconds : seconds) * 1_000_000);
}

export function encodeYear(state: TranscodeState): void {
  const stored = state.source[state.from++]!;
  state.long(stored === 0 ? 0 : 1900 + stored);
}
