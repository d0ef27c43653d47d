/**
 * Reads a TABLE_MAP event with FULL metadata: the table exactly as it was when the rows after it were written, so a
 * reader that lags behind an ALTER, or a server that reuses table numbers, cannot mislabel a column.
 *
 * Layout: https://dev.mysql.com/doc/dev/mysql-server/latest/classbinary__log_1_1Table__map__event.html
 * MariaDB differs in one point: it counts GEOMETRY columns among the character columns in the charset lists.
 */
import { DolistreamError } from '../../../core/errors.ts';
import { COMPRESSED_FIELDS, FIELD, metadataLength } from './field-types.ts';

export interface MappedColumn {
  readonly name: string;
  /** Type code, with ENUM and SET told apart from STRING. */
  readonly fieldType: number;
  /** The type's metadata number, little-endian; meaning depends on the type. */
  readonly metadata: number;
  readonly unsigned: boolean;
  /** Collation id of a character, enum or set column; 63 is binary. */
  readonly collation: number | null;
  /** The strings of an enum or set column, in the column's own character set. */
  readonly values: readonly Buffer[];
}

export interface TableMap {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly MappedColumn[];
  /** Indexes of the primary key's columns. */
  readonly key: readonly number[];
}

const OPTIONAL = {
  signedness: 1,
  defaultCharset: 2,
  columnCharset: 3,
  columnName: 4,
  setValues: 5,
  enumValues: 6,
  simpleKey: 8,
  keyWithPrefix: 9,
  enumSetDefaultCharset: 10,
  enumSetColumnCharset: 11,
} as const;

const NUMERIC = new Set<number>([
  FIELD.decimal,
  FIELD.tiny,
  FIELD.short,
  FIELD.int24,
  FIELD.long,
  FIELD.longlong,
  FIELD.newdecimal,
  FIELD.float,
  FIELD.double,
  FIELD.year,
]);
const CHARACTER = new Set<number>([
  FIELD.varchar,
  FIELD.varString,
  FIELD.string,
  FIELD.blob,
  FIELD.tinyBlob,
  FIELD.mediumBlob,
  FIELD.longBlob,
  ...COMPRESSED_FIELDS,
]);

/** A bounded reader; every length is checked, since a damaged event must not read beyond its end. */
class EventReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.end) {
      throw new DolistreamError('SOURCE_EVENT_UNSUPPORTED', 'A table map event of the binlog is cut short');
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint(length: number): number {
    return this.take(length).readUIntLE(0, length);
  }

  /** MySQL's length-coded number. */
  packed(): number {
    const first = this.uint(1);
    if (first < 251) return first;
    if (first === 252) return this.uint(2);
    if (first === 253) return this.uint(3);
    return Number(this.take(8).readBigUInt64LE(0));
  }

  get done(): boolean {
    return this.at >= this.end;
  }
}

interface Draft {
  name: string | null;
  fieldType: number;
  metadata: number;
  unsigned: boolean;
  collation: number | null;
  values: Buffer[];
}

/** The id alone, so that a reader may skip a map it already knows. */
export function readTableId(bytes: Buffer, at: number): number {
  return bytes.readUIntLE(at, 6);
}

/**
 * Parses the event's body in bytes[at, end), checksum excluded.
 * @throws SOURCE_NOT_READY when the event has no column names (binlog_row_metadata is not FULL).
 */
export function readTableMap(bytes: Buffer, range: { at: number; end: number }, mariadb: boolean): TableMap {
  const reader = new EventReader(bytes, range.at, range.end);
  const tableId = reader.uint(6);
  reader.take(2);
  const database = reader.take(reader.uint(1)).toString('utf8');
  reader.take(1);
  const table = reader.take(reader.uint(1)).toString('utf8');
  reader.take(1);
  const types = [...reader.take(reader.packed())];
  const metadata = new EventReader(bytes, reader.at, reader.end);
  const metadataBytes = metadata.packed();
  reader.at = metadata.at + metadataBytes;
  const columns = types.map((fieldType) => draftColumn(fieldType, metadata));
  reader.take(Math.ceil(types.length / 8));
  const key = readOptionalMetadata(reader, columns, mariadb);
  return {
    tableId,
    database,
    table,
    key,
    columns: columns.map((column) => {
      if (column.name === null) throw missingMetadata(database, table);
      return { ...column, name: column.name };
    }),
  };
}

function missingMetadata(database: string, table: string): DolistreamError {
  return new DolistreamError(
    'SOURCE_NOT_READY',
    `Events of ${database}.${table} carry no column names: they were written while binlog_row_metadata was not FULL`,
    { fix: 'SET GLOBAL binlog_row_metadata=FULL; then copy anew with: dolistream backfill --restart' },
  );
}

function draftColumn(fieldType: number, metadata: EventReader): Draft {
  const draft: Draft = { name: null, fieldType, metadata: 0, unsigned: false, collation: null, values: [] };
  const length = metadataLength(fieldType);
  if (fieldType === FIELD.string || fieldType === FIELD.enum || fieldType === FIELD.set) {
    const [high = 0, low = 0] = metadata.take(2);
    if (high === FIELD.enum || high === FIELD.set) {
      draft.fieldType = high;
      draft.metadata = low;
    } else {
      // CHAR longer than 255 bytes hides two bits of its length in the type byte, inverted.
      draft.metadata = ((((high >> 4) & 3) ^ 3) << 8) | low;
    }
  } else if (fieldType === FIELD.newdecimal) {
    const [precision = 0, scale = 0] = metadata.take(2);
    draft.metadata = (scale << 8) | precision;
  } else if (length > 0) {
    draft.metadata = metadata.uint(length);
  }
  return draft;
}

function readOptionalMetadata(reader: EventReader, columns: Draft[], mariadb: boolean): number[] {
  const numeric = columns.filter((column) => NUMERIC.has(column.fieldType));
  const character = columns.filter(
    (column) => CHARACTER.has(column.fieldType) || (mariadb && column.fieldType === FIELD.geometry),
  );
  const enums = columns.filter((column) => column.fieldType === FIELD.enum);
  const sets = columns.filter((column) => column.fieldType === FIELD.set);
  const enumsAndSets = columns.filter(
    (column) => column.fieldType === FIELD.enum || column.fieldType === FIELD.set,
  );
  let key: number[] = [];
  while (!reader.done) {
    const type = reader.uint(1);
    const length = reader.packed();
    const field = new EventReader(reader.bytes, reader.at, reader.at + length);
    reader.take(length);
    if (type === OPTIONAL.signedness) readSignedness(field, numeric);
    else if (type === OPTIONAL.defaultCharset) readDefaultCharset(field, character);
    else if (type === OPTIONAL.columnCharset) readCharsets(field, character);
    else if (type === OPTIONAL.enumSetDefaultCharset) readDefaultCharset(field, enumsAndSets);
    else if (type === OPTIONAL.enumSetColumnCharset) readCharsets(field, enumsAndSets);
    else if (type === OPTIONAL.columnName) readNames(field, columns);
    else if (type === OPTIONAL.setValues) readValues(field, sets);
    else if (type === OPTIONAL.enumValues) readValues(field, enums);
    else if (type === OPTIONAL.simpleKey) key = readKey(field, false);
    else if (type === OPTIONAL.keyWithPrefix) key = readKey(field, true);
  }
  return key;
}

function readSignedness(field: EventReader, numeric: Draft[]): void {
  const bits = field.take(Math.ceil(numeric.length / 8));
  numeric.forEach((column, index) => {
    column.unsigned = (bits[index >> 3]! & (0x80 >> (index & 7))) !== 0;
  });
}

function readDefaultCharset(field: EventReader, columns: Draft[]): void {
  const collation = field.packed();
  for (const column of columns) column.collation = collation;
  while (!field.done) {
    const index = field.packed();
    const other = field.packed();
    if (columns[index]) columns[index].collation = other;
  }
}

function readCharsets(field: EventReader, columns: Draft[]): void {
  for (const column of columns) {
    if (field.done) return;
    column.collation = field.packed();
  }
}

function readNames(field: EventReader, columns: Draft[]): void {
  for (const column of columns) column.name = field.take(field.packed()).toString('utf8');
}

function readValues(field: EventReader, columns: Draft[]): void {
  for (const column of columns) {
    const count = field.packed();
    for (let i = 0; i < count; i++) column.values.push(Buffer.from(field.take(field.packed())));
  }
}

function readKey(field: EventReader, withPrefix: boolean): number[] {
  const key: number[] = [];
  while (!field.done) {
    key.push(field.packed());
    if (withPrefix) field.packed();
  }
  return key;
}
