/** Encodes row events as capture does, for tests of what reads them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import avro, { type Type } from 'avsc';
import { type AvroSchema, avroFieldNames, envelopeSchema } from '../../core/avro-schema.ts';
import { parseColumnType } from '../../core/column-type.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { schemaChangeTopic, tableTopic, valueSubject } from '../../core/topics.ts';

export const PREFIX = 'test';

const fixedSchema = (name: string): AvroSchema =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../schemas/${name}.avsc`, import.meta.url)), 'utf8'));

const SOURCE = fixedSchema('source');
const TRANSACTION = fixedSchema('transaction');

/** Whole longs: numbers and bigints in, bigints out. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b)),
});

export function avroTypeOf(schema: AvroSchema): Type {
  return avro.Type.forSchema(
    schema as Parameters<typeof avro.Type.forSchema>[0],
    {
      wrapUnions: 'never' as unknown as boolean,
      typeHook: (attributes: unknown) => {
        const name = typeof attributes === 'string' ? attributes : (attributes as { type?: unknown }).type;
        return name === 'long' ? LONG : undefined;
      },
    } as Parameters<typeof avro.Type.forSchema>[1],
  );
}

export type Image = Readonly<Record<string, unknown>>;

export interface TestEvent {
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly seq: number;
  readonly before?: Image;
  readonly after?: Image;
}

/** `columns`: name to COLUMN_TYPE, in order. */
export function tableSchema(
  table: string,
  columns: Readonly<Record<string, string>>,
  key: readonly string[] = ['rowid'],
): TableSchema {
  return {
    database: 'dolibarr',
    table,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type: parseColumnType(type)! })),
    key,
  };
}

function toBatch(
  topic: string,
  schemaId: number,
  values: readonly Buffer[],
  seqs: readonly number[],
): RecordBatch {
  let end = 0;
  return {
    topic,
    valueSchemaId: schemaId,
    keySchemaId: null,
    count: values.length,
    values: Buffer.concat(values),
    valueEnds: Uint32Array.from(values, (value) => (end += value.length)),
    keys: new Uint8Array(0),
    keyEnds: new Uint32Array(values.length),
    timestampMs: 1_700_000_000_000,
    firstSeq: Math.min(...seqs),
    lastSeq: Math.max(...seqs),
  };
}

function sourceBlock(database: string, table: string, seq: number) {
  return {
    version: '0.1.0',
    connector: 'mariadb',
    name: PREFIX,
    ts_ms: 1_700_000_000_000,
    snapshot: 'false',
    db: database,
    table,
    server_id: 1,
    gtid: '0-1-42',
    file: 'binlog.000001',
    pos: 4711,
    row: 0,
    thread: null,
    query: null,
    seq,
  };
}

/** One version of a table's schema, registered. */
export class TestTable {
  readonly schema: TableSchema;
  readonly topic: string;
  readonly schemaId: number;
  readonly #type: Type;

  private constructor(schema: TableSchema, schemaId: number, type: Type) {
    this.schema = schema;
    this.topic = tableTopic(PREFIX, schema.database, schema.table);
    this.schemaId = schemaId;
    this.#type = type;
  }

  static async register(registry: SchemaRegistry, schema: TableSchema): Promise<TestTable> {
    const envelope = envelopeSchema(PREFIX, schema, { source: SOURCE, transaction: TRANSACTION });
    const subject = valueSubject(tableTopic(PREFIX, schema.database, schema.table));
    const id = await registry.register(subject, JSON.stringify(envelope), { acceptIncompatible: true });
    return new TestTable(schema, id, avroTypeOf(envelope));
  }

  /** Names of the columns in images. */
  get fieldNames(): string[] {
    return avroFieldNames(this.schema.columns);
  }

  batch(events: readonly TestEvent[]): RecordBatch {
    const values = events.map((event) =>
      this.#type.toBuffer({
        before: event.before ?? null,
        after: event.after ?? null,
        source: sourceBlock(this.schema.database, this.schema.table, event.seq),
        transaction: null,
        op: event.op,
        ts_ms: 1_700_000_000_500,
      }),
    );
    return toBatch(
      this.topic,
      this.schemaId,
      values,
      events.map((event) => event.seq),
    );
  }
}

export interface TestTableChange {
  readonly type: 'CREATE' | 'ALTER' | 'DROP' | 'TRUNCATE';
  readonly table: TestTable;
}

/** A schema-change record for tables of one statement. */
export async function schemaChangeBatch(
  registry: SchemaRegistry,
  seq: number,
  changes: readonly TestTableChange[],
): Promise<RecordBatch> {
  const schema = JSON.parse(
    JSON.stringify(fixedSchema('schema-change')).replace('"io.dolistream.Source"', JSON.stringify(SOURCE)),
  ) as AvroSchema;
  const id = await registry.register(valueSubject(schemaChangeTopic(PREFIX)), JSON.stringify(schema));
  const { database } = changes[0]!.table.schema;
  const value = avroTypeOf(schema).toBuffer({
    source: sourceBlock(database, changes[0]!.table.schema.table, seq),
    ts_ms: 1_700_000_000_500,
    databaseName: database,
    ddl: null,
    tableChanges: changes.map(({ type, table }) => ({
      type,
      id: `${database}.${table.schema.table}`,
      topic: table.topic,
      valueSchemaId: table.schemaId,
    })),
  });
  return toBatch(schemaChangeTopic(PREFIX), id, [value], [seq]);
}

/** A batch of records of another schema, e.g. alerts or bytes that are no Avro at all. */
export async function plainBatch(
  registry: SchemaRegistry,
  topic: string,
  schema: AvroSchema,
  records: readonly unknown[],
): Promise<RecordBatch> {
  const id = await registry.register(valueSubject(topic), JSON.stringify(schema));
  const type = avroTypeOf(schema);
  return toBatch(
    topic,
    id,
    records.map((record) => type.toBuffer(record)),
    [0],
  );
}

/** The two's complement bytes of an unscaled decimal, as short as they can be. */
export function decimalBytes(unscaled: bigint | string): Buffer {
  let rest = BigInt(unscaled);
  const bytes: number[] = [];
  for (;;) {
    bytes.unshift(Number(rest & 0xffn));
    const isNegativeByte = bytes[0]! >= 0x80;
    rest >>= 8n;
    if ((rest === 0n && !isNegativeByte) || (rest === -1n && isNegativeByte)) return Buffer.from(bytes);
  }
}
