/**
 * The columns of a lake file, from the envelope schema of its events: how ClickHouse reads them from Avro, what it
 * writes, and which of them need a correction in the footer.
 */
import { type AvroSchema, type EnvelopeTable, tableOfEnvelope } from '../../core/avro-schema.ts';
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import { type ColumnMapping, isBinary, mapForParquet } from '../../core/clickhouse-types.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { ColumnCorrection } from './parquet-footer.ts';

export interface EventColumns {
  /** Structure with which the Avro file is read. */
  readonly avroStructure: string;
  /** The SELECT list over it. `{first}` is the offset of the first event. */
  readonly selection: string;
  /** Structure with which a file of the lake is read back. */
  readonly parquetStructure: string;
  /** The SELECT list over that. */
  readonly parquetSelection: string;
  readonly corrections: ReadonlyMap<string, ColumnCorrection>;
}

function correctionOf(type: ColumnType): ColumnCorrection | null {
  if (isBinary(type)) return 'binary';
  if (type.kind === 'date') return 'date';
  return type.kind === 'datetime' ? 'local-time' : null;
}

const FIXED_COLUMNS: readonly (readonly [name: string, type: string, expression: string])[] = [
  ['event_offset', 'Int64', 'toInt64(rowNumberInAllBlocks()) + {first}'],
  ['seq', 'Int64', 'source.seq'],
  ['op', 'String', 'op'],
  ['commit_time', "DateTime64(3, 'UTC')", "fromUnixTimestamp64Milli(source.ts_ms, 'UTC')"],
  ['gtid', 'Nullable(String)', 'source.gtid'],
  ['binlog_file', 'String', 'source.file'],
  ['binlog_position', 'Int64', 'source.pos'],
  ['is_snapshot', 'Bool', "toBool(ifNull(source.snapshot, 'false') != 'false')"],
];

/** Throws SCHEMA_UNKNOWN for a schema that is not an envelope. */
export function eventColumns(schemaText: string): EventColumns {
  const table = tableOfEnvelope(schemaText);
  if (!table) throw new DolistreamError('SCHEMA_UNKNOWN', 'Only row changes are kept in the lake');
  const readImage = `Nullable(${imageType(table, (mapping) => mapping.readType)})`;
  const image = imageType(table, (mapping) => mapping.type);
  const nullableImage = quoteText(`Nullable(${image})`);
  const convert = (name: string): string => `CAST(${name}, ${nullableImage}) AS ${name}`;
  // ClickHouse's Parquet reader has no nullable tuples: which image is missing follows from the operation.
  const restore = (name: string, without: string): string =>
    `CAST(if(op IN (${without}), NULL, ${name}), ${nullableImage}) AS ${name}`;
  const fixed = FIXED_COLUMNS.map(([name, , expression]) => `${expression} AS ${quoteName(name)}`);
  return {
    avroStructure: [
      `before ${readImage}`,
      `after ${readImage}`,
      `source ${recordType(fieldType(schemaText, 'source'))}`,
      'op String',
    ].join(', '),
    selection: [...fixed, convert('before'), convert('after')].join(',\n'),
    parquetStructure: [
      ...FIXED_COLUMNS.map(([name, type]) => `${quoteName(name)} ${type}`),
      `before ${image}`,
      `after ${image}`,
    ].join(', '),
    parquetSelection: [
      ...FIXED_COLUMNS.map(([name]) => quoteName(name)),
      restore('before', "'c', 'r', 't'"),
      restore('after', "'d', 't'"),
    ].join(',\n'),
    corrections: corrections(table),
  };
}

export function imageType(table: EnvelopeTable, choose: (mapping: ColumnMapping) => string): string {
  const fields = table.columns.map((column, index) => {
    return `${quoteName(table.fieldNames[index]!)} Nullable(${choose(mapForParquet(column.type))})`;
  });
  return `Tuple(${fields.join(', ')})`;
}

function corrections(table: EnvelopeTable): Map<string, ColumnCorrection> {
  const found = new Map<string, ColumnCorrection>();
  table.columns.forEach((column, index) => {
    const correction = correctionOf(column.type);
    if (!correction) return;
    for (const image of ['before', 'after']) found.set(`${image}.${table.fieldNames[index]}`, correction);
  });
  return found;
}

function fieldType(schemaText: string, name: string): AvroSchema {
  const { fields } = JSON.parse(schemaText) as { fields: { name: string; type: AvroSchema }[] };
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field.type;
  throw new DolistreamError('SCHEMA_UNKNOWN', `The envelope schema has no field "${name}"`);
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'String',
  long: 'Int64',
  int: 'Int32',
  boolean: 'Bool',
};

/** ClickHouse wants every field of a record named, also those that are not used. */
function recordType(schema: AvroSchema): string {
  const { fields } = schema as { fields: { name: string; type: AvroSchema }[] };
  const types = fields.map((field) => `${quoteName(field.name)} ${primitiveType(field.type)}`);
  return `Tuple(${types.join(', ')})`;
}

function primitiveType(schema: AvroSchema): string {
  if (Array.isArray(schema)) {
    const inner = schema.find((branch) => branch !== 'null')!;
    return `Nullable(${primitiveType(inner)})`;
  }
  const name = typeof schema === 'string' ? schema : String(schema['type']);
  const type = PRIMITIVES[name];
  if (type) return type;
  throw new DolistreamError('SCHEMA_UNKNOWN', `The source block has a field of type "${name}"`);
}
