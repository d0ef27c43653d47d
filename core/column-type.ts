/**
 * The type of a source column, reduced to what decides how its values are encoded. Two declarations that
 * encode alike are one type here (varchar(50) and varchar(255) are both `text`), so an ALTER that does not
 * change values does not change the schema. It travels in the Avro schema as a short text, `formatColumnType`.
 */
export type ColumnType =
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 24 | 32 | 64; readonly unsigned: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'float' | 'double' | 'year' | 'date' | 'enum' | 'set' | 'text' | 'json' }
  | { readonly kind: 'datetime' | 'timestamp' | 'time'; readonly precision: number }
  | { readonly kind: 'bit'; readonly width: number }
  /** `length` is set for fixed-length BINARY(n), whose trailing zero bytes the binlog leaves out. */
  | { readonly kind: 'binary'; readonly length: number | null }
  | { readonly kind: 'geometry' | 'uuid' | 'inet4' | 'inet6' };

const INT_NAMES = { 8: 'tinyint', 16: 'smallint', 24: 'mediumint', 32: 'int', 64: 'bigint' } as const;
const INT_BITS = new Map(Object.entries(INT_NAMES).map(([bits, name]) => [name as string, Number(bits)]));

const GEOMETRY_NAMES = new Set(
  'geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection geomcollection'.split(
    ' ',
  ),
);

/** The canonical text, e.g. `int unsigned`, `decimal(24,8)`, `datetime(6)`, `binary(16)`, `text`. */
export function formatColumnType(type: ColumnType): string {
  switch (type.kind) {
    case 'int':
      return INT_NAMES[type.bits] + (type.unsigned ? ' unsigned' : '');
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'datetime':
    case 'timestamp':
    case 'time':
      return `${type.kind}(${type.precision})`;
    case 'bit':
      return `bit(${type.width})`;
    case 'binary':
      return type.length === null ? 'binary' : `binary(${type.length})`;
    default:
      return type.kind;
  }
}

/**
 * Reads both the canonical text and the COLUMN_TYPE of information_schema.
 * `binaryCharset` tells that a character column has no character set (BINARY, VARBINARY, BLOB say so by name).
 * Returns null for a type that cannot be captured (compressed columns, vectors): the caller reports it.
 */
export function parseColumnType(text: string): ColumnType | null {
  const match = /^\s*([a-z0-9_]+)\s*(?:\(([^]*)\))?([^()]*)$/i.exec(text);
  if (!match) return null;
  const name = match[1]!.toLowerCase();
  const args = match[2] ?? '';
  const suffix = (match[3] ?? '').toLowerCase();
  const first = Number.parseInt(args, 10);
  const unsigned = suffix.includes('unsigned') || suffix.includes('zerofill');

  const bits = INT_BITS.get(name === 'integer' ? 'int' : name);
  if (bits !== undefined) return { kind: 'int', bits: bits as 8 | 16 | 24 | 32 | 64, unsigned };
  if (GEOMETRY_NAMES.has(name)) return { kind: 'geometry' };
  if (suffix.includes('compressed')) return null;
  switch (name) {
    case 'decimal':
    case 'numeric': {
      const [precision = 10, scale = 0] = args.split(',').map((part) => Number.parseInt(part, 10));
      return { kind: 'decimal', precision, scale };
    }
    case 'float':
    case 'double':
    case 'year':
    case 'date':
    case 'enum':
    case 'set':
    case 'json':
    case 'uuid':
    case 'inet4':
    case 'inet6':
      return { kind: name };
    case 'datetime':
    case 'timestamp':
    case 'time':
      return { kind: name, precision: Number.isNaN(first) ? 0 : first };
    case 'bit':
      return { kind: 'bit', width: Number.isNaN(first) ? 1 : first };
    case 'binary':
      return { kind: 'binary', length: Number.isNaN(first) ? null : first };
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return { kind: 'binary', length: null };
    case 'text':
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'mediumtext':
    case 'longtext':
      return { kind: 'text' };
    default:
      return null;
  }
}
