/**
 * How a source column looks in ClickHouse: the type that prints what a SELECT in the source prints, and the type in
 * which the Avro reader takes the value. Where the two differ a conversion stands between them.
 *
 * Seen in ClickHouse 26.7: an Avro date is stored in Date32 as it is and prints right from 0001 to 9999, although the
 * documentation says 1900-2299; DateTime64 likewise. A long read as Decimal(18, 6) is taken as its unscaled value,
 * which makes microseconds into seconds without rounding.
 */
import type { ColumnType } from './column-type.ts';

export interface ColumnMapping {
  /** Type of the stored value, without Nullable, spelled as system.columns spells it. */
  readonly type: string;
  /** Type in which the Avro reader delivers the value, without Nullable. */
  readonly readType: string;
}

const dateTime = (precision: number, zone: string): ColumnMapping => ({
  type: `DateTime64(${precision}, '${zone}')`,
  readType: `DateTime64(${precision > 3 ? 6 : 3}, '${zone}')`,
});

const same = (type: string): ColumnMapping => ({ type, readType: type });

/** `timezone`: the zone in which TIMESTAMP columns, which are instants, are shown; an IANA name. */
export function mapColumnType(type: ColumnType, timezone: string): ColumnMapping {
  switch (type.kind) {
    case 'int':
      if (type.bits === 64 && type.unsigned) return { type: 'UInt64', readType: 'Decimal(20, 0)' };
      return same(`${type.unsigned ? 'UInt' : 'Int'}${type.bits === 24 ? 32 : type.bits}`);
    case 'decimal':
      return same(`Decimal(${type.precision}, ${type.scale})`);
    case 'float':
      return same('Float32');
    case 'double':
      return same('Float64');
    case 'year':
      return same('UInt16');
    case 'date':
      return same('Date32');
    case 'datetime':
      return dateTime(type.precision, 'UTC');
    case 'timestamp':
      return dateTime(type.precision, timezone);
    case 'time':
      return { type: `Time64(${type.precision})`, readType: 'Decimal(18, 6)' };
    case 'bit':
      return { type: 'UInt64', readType: type.width === 64 ? 'Decimal(20, 0)' : 'UInt64' };
    default:
      return same('String');
  }
}

/**
 * As the lake's files have it: date-times of the two precisions that readers of Parquet know, and TIME, which may be negative,
 * in microseconds. Dates are days, since ClickHouse reads back none beyond 2299 as a date; the footer says that they are dates.
 */
export function mapForParquet(type: ColumnType): ColumnMapping {
  const mapping = mapColumnType(type, 'UTC');
  if (type.kind === 'date') return { type: 'Int32', readType: 'Int32' };
  if (type.kind === 'datetime' || type.kind === 'timestamp') return { ...mapping, type: mapping.readType };
  return type.kind === 'time' ? { type: 'Int64', readType: 'Int64' } : mapping;
}

/** True when a column's values are bytes without a character set, so no text. */
export function isBinary(type: ColumnType): boolean {
  return type.kind === 'binary' || type.kind === 'geometry';
}
