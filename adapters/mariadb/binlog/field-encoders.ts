/** For each mapped column: its type in our vocabulary, and the function that turns its binlog bytes into Avro. */
import { writeBigLong, writeDecimal } from '../../../core/avro-bytes.ts';
import type { ColumnType } from '../../../core/column-type.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { type ToUtf8, toUtf8 } from '../charsets.ts';
import { type AddressKind, formatAddress } from './address-text.ts';
import { FIELD } from './field-types.ts';
import type { MappedColumn } from './table-map.ts';
import * as temporal from './temporal-fields.ts';
import type { FieldEncoder } from './temporal-fields.ts';
import type { TranscodeState } from './transcode-state.ts';

export interface EncodedField {
  readonly type: ColumnType;
  readonly encode: FieldEncoder;
  /** Bytes a value may take beyond those it takes in the binlog. */
  readonly extraBytes: number;
  /** How many times longer than in the binlog a value may become. */
  readonly growth: number;
}

const BINARY_COLLATION = 63;
const plain = (type: ColumnType, encode: FieldEncoder): EncodedField => ({
  type,
  encode,
  extraBytes: 12,
  growth: 1,
});

/**
 * @param charsetOf gives the character set of a collation id, as the server lists it.
 * @param declared the type in the catalog, when it is known: the binlog does not tell BINARY(16) from UUID or INET6.
 */
export function encodeField(
  column: MappedColumn,
  charsetOf: (collation: number) => string,
  declared: ColumnType | undefined,
): EncodedField {
  const { metadata } = column;
  switch (column.fieldType) {
    case FIELD.tiny:
    case FIELD.short:
    case FIELD.int24:
    case FIELD.long:
    case FIELD.longlong:
      return integerField(column);
    case FIELD.float:
      return plain({ kind: 'float' }, (state) => state.copy(4));
    case FIELD.double:
      return plain({ kind: 'double' }, (state) => state.copy(8));
    case FIELD.newdecimal:
      return decimalField(metadata & 0xff, metadata >> 8);
    case FIELD.year:
      return plain({ kind: 'year' }, temporal.encodeYear);
    case FIELD.date:
    case FIELD.newdate:
      return plain({ kind: 'date' }, temporal.encodeDate);
    case FIELD.datetime2:
      return plain({ kind: 'datetime', precision: metadata }, temporal.encodeDatetime2(metadata));
    case FIELD.datetime:
      return plain({ kind: 'datetime', precision: 0 }, temporal.encodeOldDatetime);
    case FIELD.timestamp2:
      return plain({ kind: 'timestamp', precision: metadata }, temporal.encodeTimestamp2(metadata));
    case FIELD.timestamp:
      return plain({ kind: 'timestamp', precision: 0 }, temporal.encodeOldTimestamp);
    case FIELD.time2:
      return plain({ kind: 'time', precision: metadata }, temporal.encodeTime2(metadata));
    case FIELD.time:
      return plain({ kind: 'time', precision: 0 }, temporal.encodeOldTime);
    case FIELD.bit:
      return bitField((metadata >> 8) * 8 + (metadata & 0xff));
    case FIELD.enum:
    case FIELD.set:
      return choiceField(column, charsetOf);
    default:
      return stringField(column, charsetOf, declared);
  }
}

const INT_BITS: Readonly<Record<number, 8 | 16 | 24 | 32 | 64>> = {
  [FIELD.tiny]: 8,
  [FIELD.short]: 16,
  [FIELD.int24]: 24,
  [FIELD.long]: 32,
  [FIELD.longlong]: 64,
};

function integerField(column: MappedColumn): EncodedField {
  const bits = INT_BITS[column.fieldType]!;
  const { unsigned } = column;
  const type: ColumnType = { kind: 'int', bits, unsigned };
  if (bits === 64) return plain(type, unsigned ? encodeUnsignedLong : encodeSignedLong);
  const bytes = bits / 8;
  if (unsigned) {
    return plain(type, (state) => {
      const value = state.source.readUIntLE(state.from, bytes);
      state.from += bytes;
      state.long(value);
    });
  }
  if (bits === 32) {
    return plain(type, (state) => {
      const value = state.source.readInt32LE(state.from);
      state.from += 4;
      state.long(value);
    });
  }
  return plain(type, (state) => {
    const value = state.source.readIntLE(state.from, bytes);
    state.from += bytes;
    state.long(value);
  });
}

function encodeSignedLong(state: TranscodeState): void {
  const low = state.source.readUInt32LE(state.from);
  const high = state.source.readInt32LE(state.from + 4);
  if (high >= -0x80000 && high < 0x80000) state.long(high * 0x100000000 + low);
  else state.to = writeBigLong(state.out, state.to, state.source.readBigInt64LE(state.from));
  state.from += 8;
}

function encodeUnsignedLong(state: TranscodeState): void {
  state.to = writeDecimal(state.out, state.to, state.source.readBigUInt64LE(state.from));
  state.from += 8;
}

function bitField(width: number): EncodedField {
  const bytes = Math.ceil(width / 8);
  return plain({ kind: 'bit', width }, (state) => {
    let value = 0n;
    for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(state.source[state.from++]!);
    state.to =
      width === 64 ? writeDecimal(state.out, state.to, value) : writeBigLong(state.out, state.to, value);
  });
}

// Decimal digits are kept in groups of nine in four bytes; a shorter group takes this many bytes.
const GROUP_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

/** DECIMAL: big-endian digit groups, sign in the inverted top bit, negative numbers with all bits inverted. */
function decimalField(precision: number, scale: number): EncodedField {
  const whole = precision - scale;
  const groups = [whole % 9, ...Array<number>(Math.floor(whole / 9)).fill(9)]
    .concat([...Array<number>(Math.floor(scale / 9)).fill(9), scale % 9])
    .filter((digits) => digits > 0)
    .map((digits) => ({ bytes: GROUP_BYTES[digits]!, factor: 10n ** BigInt(digits) }));
  const encode: FieldEncoder = (state) => {
    const { source } = state;
    const negative = (source[state.from]! & 0x80) === 0;
    let unscaled = 0n;
    let first = true;
    for (const group of groups) {
      let part = source.readUIntBE(state.from, group.bytes);
      if (first) part -= negative ? 0 : 2 ** (group.bytes * 8 - 1);
      // Inverting within the group's width; the sign bit of the first group is already 0 in a negative number.
      if (negative) part = 2 ** (group.bytes * 8 - (first ? 1 : 0)) - 1 - part;
      unscaled = unscaled * group.factor + BigInt(part);
      state.from += group.bytes;
      first = false;
    }
    state.to = writeDecimal(state.out, state.to, negative ? -unscaled : unscaled);
  };
  return { type: { kind: 'decimal', precision, scale }, encode, extraBytes: 32, growth: 1 };
}

function choiceField(column: MappedColumn, charsetOf: (collation: number) => string): EncodedField {
  const convert = column.collation === null ? null : toUtf8(charsetOf(column.collation));
  const values = column.values.map((value) => (convert ? convert(value) : value));
  const bytes = column.metadata;
  if (column.fieldType === FIELD.enum) {
    // Index 0 is the empty string that MariaDB stores for an invalid value.
    const texts = [Buffer.alloc(0), ...values];
    const encode: FieldEncoder = (state) => {
      const text = texts[state.source.readUIntLE(state.from, bytes)]!;
      state.from += bytes;
      writeText(state, text);
    };
    const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
    return { type: { kind: 'enum' }, encode, extraBytes: longest + 12, growth: 1 };
  }
  const encode: FieldEncoder = (state) => {
    const bits = state.source.subarray(state.from, state.from + bytes);
    state.from += bytes;
    const chosen = values.filter((_, index) => (bits[index >> 3]! & (1 << (index & 7))) !== 0);
    writeText(state, Buffer.from(chosen.map((text) => text.toString('utf8')).join(','), 'utf8'));
  };
  const total = values.reduce((sum, text) => sum + text.length + 1, 0);
  return { type: { kind: 'set' }, encode, extraBytes: total + 12, growth: 1 };
}

function writeText(state: TranscodeState, text: Buffer): void {
  state.long(text.length);
  state.to += text.copy(state.out, state.to);
}

/** How many bytes before a string or blob hold its length. */
function lengthBytes(column: MappedColumn): number | null {
  switch (column.fieldType) {
    case FIELD.varchar:
    case FIELD.varString:
    case FIELD.string:
      return column.metadata > 255 ? 2 : 1;
    case FIELD.tinyBlob:
      return 1;
    case FIELD.blob:
    case FIELD.mediumBlob:
    case FIELD.longBlob:
    case FIELD.geometry:
      return column.metadata;
    default:
      return null;
  }
}

function stringField(
  column: MappedColumn,
  charsetOf: (collation: number) => string,
  declared: ColumnType | undefined,
): EncodedField {
  const prefix = lengthBytes(column);
  if (prefix === null) {
    throw new DolistreamError(
      'SOURCE_EVENT_UNSUPPORTED',
      `Column ${column.name} has a type that cannot be captured (binlog type ${column.fieldType})`,
      { fix: 'Exclude its table with --exclude-tables, or change the column' },
    );
  }
  if (column.fieldType === FIELD.geometry) return plain({ kind: 'geometry' }, copyPrefixed(prefix));
  if (column.collation === null || column.collation === BINARY_COLLATION) {
    return binaryField(column, prefix, declared);
  }
  const convert = toUtf8(charsetOf(column.collation));
  if (!convert) return plain({ kind: 'text' }, copyPrefixed(prefix));
  return { type: { kind: 'text' }, encode: convertText(prefix, convert), extraBytes: 12, growth: 3 };
}

function copyPrefixed(prefix: number): FieldEncoder {
  if (prefix === 1) return (state) => state.copyPrefixed(state.source[state.from++]!);
  return (state) => {
    const length = state.source.readUIntLE(state.from, prefix);
    state.from += prefix;
    state.copyPrefixed(length);
  };
}

function convertText(prefix: number, convert: NonNullable<ToUtf8>): FieldEncoder {
  return (state) => {
    const length = state.source.readUIntLE(state.from, prefix);
    state.from += prefix;
    writeText(state, convert(state.source.subarray(state.from, state.from + length)));
    state.from += length;
  };
}

function binaryField(column: MappedColumn, prefix: number, declared: ColumnType | undefined): EncodedField {
  if (column.fieldType !== FIELD.string) return plain({ kind: 'binary', length: null }, copyPrefixed(prefix));
  const length = column.metadata;
  if (declared?.kind === 'uuid' || declared?.kind === 'inet4' || declared?.kind === 'inet6') {
    return { type: declared, encode: addressText(declared.kind, length), extraBytes: 64, growth: 3 };
  }
  // The binlog leaves out the trailing zero bytes of BINARY(n), SELECT gives them back.
  const encode: FieldEncoder = (state) => {
    const stored = prefix === 1 ? state.source[state.from]! : state.source.readUInt16LE(state.from);
    state.from += prefix;
    state.long(length);
    state.copy(stored);
    state.out.fill(0, state.to, state.to + length - stored);
    state.to += length - stored;
  };
  return { type: { kind: 'binary', length }, encode, extraBytes: length + 12, growth: 1 };
}

function addressText(kind: AddressKind, length: number): FieldEncoder {
  return (state) => {
    const stored = state.source[state.from++]!;
    const bytes = Buffer.alloc(length);
    state.source.copy(bytes, 0, state.from, state.from + stored);
    state.from += stored;
    writeText(state, Buffer.from(formatAddress(kind, bytes), 'latin1'));
  };
}
