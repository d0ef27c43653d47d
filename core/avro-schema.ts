/**
 * The rule by which a table's Avro schemas follow from its columns, and back. The schema alone tells a loader all it
 * needs: each field carries its source type (`column`), the Value record its key columns (`key`) and its table.
 *
 * Debezium's envelope with Avro logical types. Where Avro has no fitting type: BIGINT UNSIGNED and BIT(64) are
 * decimal(20,0); TIME is microseconds as a long (it may be negative or above 24 h); DATETIME is the wall clock
 * read as if it were UTC; TIMESTAMP is an instant.
 */
import { type ColumnType, formatColumnType, parseColumnType } from './column-type.ts';
import { DolistreamError } from './errors.ts';
import type { Column, TableSchema } from './table-schema.ts';

/** JSON form of an Avro schema. */
export type AvroSchema = string | AvroSchema[] | { readonly [attribute: string]: unknown };

interface AvroField {
  name: string;
  type: AvroSchema;
  default?: unknown;
  [attribute: string]: unknown;
}

const decimal = (precision: number, scale: number): AvroSchema => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});

/** Kafka Connect knows no logical type for microseconds: its converters go by these attributes, which Debezium writes. */
const connectType = (name: string): { readonly [attribute: string]: unknown } => ({
  'connect.version': 1,
  'connect.name': `io.debezium.time.${name}`,
});

/** The Avro type of a non-null value of this column type. */
export function avroType(type: ColumnType): AvroSchema {
  switch (type.kind) {
    case 'int':
      if (type.bits === 64) return type.unsigned ? decimal(20, 0) : 'long';
      return type.bits === 32 && type.unsigned ? 'long' : 'int';
    case 'decimal':
      return decimal(type.precision, type.scale);
    case 'float':
    case 'double':
      return type.kind;
    case 'year':
      return 'int';
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'datetime':
    case 'timestamp':
      if (type.precision <= 3) return { type: 'long', logicalType: 'timestamp-millis' };
      return { type: 'long', logicalType: 'timestamp-micros', ...connectType('MicroTimestamp') };
    case 'time':
      return { type: 'long', ...connectType('MicroTime') };
    case 'bit':
      return type.width === 64 ? decimal(20, 0) : 'long';
    case 'binary':
    case 'geometry':
      return 'bytes';
    default:
      return 'string';
  }
}

/** Avro names are [A-Za-z_][A-Za-z0-9_]*; anything else becomes `_`, and a leading digit gets one before it. */
export function avroName(name: string): string {
  const cleaned = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(cleaned) ? `_${cleaned}` : cleaned;
}

/** Field names of the columns, unique: two columns that clean to the same name get a numbered suffix. */
export function avroFieldNames(columns: readonly Column[]): string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const base = avroName(column.name);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    return name;
  });
}

function valueFields(schema: TableSchema): AvroField[] {
  const names = avroFieldNames(schema.columns);
  return schema.columns.map((column, index) => ({
    name: names[index]!,
    type: ['null', avroType(column.type)],
    default: null,
    column: formatColumnType(column.type),
    ...(names[index] === column.name ? {} : { sourceName: column.name }),
  }));
}

const namespace = (prefix: string, schema: TableSchema): string =>
  [prefix, schema.database, schema.table]
    .flatMap((part) => part.split('.'))
    .map(avroName)
    .join('.');

/** Schema of the values on the table's topic. `source` and `transaction` are the fixed blocks of schemas/. */
export function envelopeSchema(
  prefix: string,
  schema: TableSchema,
  blocks: { readonly source: AvroSchema; readonly transaction: AvroSchema },
): AvroSchema {
  return {
    type: 'record',
    name: 'Envelope',
    namespace: namespace(prefix, schema),
    fields: [
      {
        name: 'before',
        type: [
          'null',
          {
            type: 'record',
            name: 'Value',
            database: schema.database,
            table: schema.table,
            key: schema.key,
            fields: valueFields(schema),
          },
        ],
        default: null,
      },
      { name: 'after', type: ['null', 'Value'], default: null },
      { name: 'source', type: blocks.source },
      { name: 'transaction', type: ['null', blocks.transaction], default: null },
      { name: 'op', type: 'string' },
      { name: 'ts_ms', type: ['null', 'long'], default: null },
    ],
  };
}

/** Schema of the keys on the table's topic, or null for a table without a key. */
export function keySchema(prefix: string, schema: TableSchema): AvroSchema | null {
  if (schema.key.length === 0) return null;
  const names = avroFieldNames(schema.columns);
  const fields = schema.key.map((keyColumn) => {
    const index = schema.columns.findIndex((column) => column.name === keyColumn);
    const column = schema.columns[index]!;
    return { name: names[index]!, type: avroType(column.type), column: formatColumnType(column.type) };
  });
  return { type: 'record', name: 'Key', namespace: namespace(prefix, schema), fields };
}

/** A table as its envelope schema describes it, with the Avro field name of each column. */
export interface EnvelopeTable extends TableSchema {
  readonly fieldNames: readonly string[];
}

/** Reads a table back from an envelope schema made by `envelopeSchema`; null for any other schema (alerts, …). */
export function tableOfEnvelope(schemaText: string): EnvelopeTable | null {
  const schema = JSON.parse(schemaText) as { name?: string; fields?: AvroField[] };
  if (schema.name !== 'Envelope') return null;
  const before = schema.fields?.find((field) => field.name === 'before');
  const value = (before?.type as AvroSchema[] | undefined)?.[1] as
    { database: string; table: string; key: string[]; fields: AvroField[] } | undefined;
  if (!value || !Array.isArray(value.fields)) return null;
  const columns = value.fields.map((field): Column => {
    const type = parseColumnType(String(field['column']));
    if (!type) {
      throw new DolistreamError(
        'SCHEMA_UNKNOWN',
        `Field ${field.name} has unknown source type "${String(field['column'])}"`,
      );
    }
    return { name: String(field['sourceName'] ?? field.name), type };
  });
  return {
    database: value.database,
    table: value.table,
    key: value.key,
    columns,
    fieldNames: value.fields.map((field) => field.name),
  };
}
