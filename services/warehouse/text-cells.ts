/**
 * Values as ClickHouse reads them in its TabSeparated format. Each reads one Avro value and gives its text, or null
 * where no text gives exactly that value: dates outside the range that the text parser takes.
 */
import { isBinary } from '../../core/clickhouse-types.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { type AvroReader, decimalValue } from './avro-reader.ts';

export type ReadCell = (reader: AvroReader) => string | Buffer | null;

/** ClickHouse's texts of dates go from 1900-01-01 to 2299-12-31; days since 1970. */
const FIRST_DAY = -25_567;
const LAST_DAY = 120_529;
const MS_PER_DAY = 86_400_000;
/** Shorter numbers of seconds would be read as years. */
const FIRST_SECOND = 1_000_000_000n;

const isDay = (day: number): boolean => day >= FIRST_DAY && day <= LAST_DAY;

/** `whole.fraction` of a number that counts 10^-scale. */
function fixedPoint(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const double = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** A wall clock, of an instant read as UTC. `digits`: of the fraction. */
function dateTimeText(reader: AvroReader, isMicros: boolean): string | null {
  const ticks = reader.readLong();
  const micros = isMicros ? ticks : ticks * 1000n;
  const ms = Number(micros >= 0n ? micros / 1000n : -((999n - micros) / 1000n));
  if (!isDay(Math.floor(ms / MS_PER_DAY))) return null;
  const rest = Number(micros - BigInt(ms) * 1000n);
  const text = new Date(ms).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${String(rest).padStart(3, '0')}`;
}

/** An instant, as seconds since 1970: no zone and no change of the clocks can bend that. */
function timestampText(reader: AvroReader, isMicros: boolean): string | null {
  const ticks = reader.readLong();
  const [perSecond, digits] = isMicros ? [1_000_000n, 6] : [1000n, 3];
  return ticks < FIRST_SECOND * perSecond ? null : fixedPoint(ticks, digits);
}

/** Micros of a day and beyond, of either sign, as hours:minutes:seconds. */
function timeText(micros: bigint): string {
  const [seconds, fraction] = fixedPoint(micros < 0n ? -micros : micros, 6).split('.') as [string, string];
  const total = Number(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
  return `${micros < 0n ? '-' : ''}${clock}.${fraction}`;
}

/** Reads the value of a column and gives its text. */
export function cellReader(type: ColumnType): ReadCell {
  if (isBinary(type)) return (reader) => reader.readBytes();
  switch (type.kind) {
    case 'int':
      if (type.bits === 64 && type.unsigned) return (reader) => String(decimalValue(reader.readBytes()));
      return (reader) => String(reader.readLong());
    case 'year':
      return (reader) => String(reader.readInt());
    case 'bit':
      if (type.width === 64) return (reader) => String(decimalValue(reader.readBytes()));
      return (reader) => String(reader.readLong());
    case 'decimal':
      return (reader) => fixedPoint(decimalValue(reader.readBytes()), type.scale);
    case 'float':
      return (reader) => double(reader.readFloat());
    case 'double':
      return (reader) => double(reader.readDouble());
    case 'date':
      return (reader) => {
        const day = reader.readInt();
        return isDay(day) ? new Date(day * MS_PER_DAY).toISOString().slice(0, 10) : null;
      };
    case 'datetime':
      return (reader) => dateTimeText(reader, type.precision > 3);
    case 'timestamp':
      return (reader) => timestampText(reader, type.precision > 3);
    case 'time':
      return (reader) => timeText(reader.readLong());
    default:
      return (reader) => reader.readBytes();
  }
}
