/**
 * ClickHouse's own Kafka engine as a reader of our topics: a Kafka table in the format AvroConfluent, and materialized
 * views from it into a ReplacingMergeTree with `source.seq` as its version, made as a user of ClickHouse would make them
 * from the schemas in the registry. Nothing of our loader is used but the engine it runs on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { untilCommitted } from './committed-offsets.ts';
import type { TestKafka } from './kafka-server.ts';
import type { TextRow } from './source-rows.ts';

type AvroType = string | { readonly type: string; readonly [attribute: string]: unknown };
interface AvroField {
  readonly name: string;
  readonly type: unknown;
}

/** Each topic has a consumer group of its own, which nobody else's coming and going makes wait. */
const groupOf = (topic: string): string => `clickhouse.${topic}`;

/** Column type for a value, and the expression that prints a value as `readSourceRows` does. */
function columnType(avro: AvroType): { readonly type: string; readonly print: (sql: string) => string } {
  const name = typeof avro === 'string' ? avro : avro.type;
  const { logicalType, precision, scale } = (typeof avro === 'string' ? {} : avro) as Record<string, unknown>;
  const asText = (sql: string): string => `toString(${sql})`;
  if (logicalType === 'decimal') {
    return {
      type: `Decimal(${String(precision)}, ${String(scale)})`,
      print: (sql) => `toDecimalString(${sql}, ${String(scale)})`,
    };
  }
  if (logicalType === 'date') return { type: 'Date32', print: asText };
  if (logicalType === 'timestamp-millis')
    return { type: `DateTime64(3, 'UTC')`, print: (sql) => `concat(toString(${sql}), '000')` };
  if (logicalType === 'timestamp-micros') return { type: `DateTime64(6, 'UTC')`, print: asText };
  if (name === 'float') return { type: 'Float32', print: (sql) => `toString(toFloat64(${sql}))` };
  if (name === 'double') return { type: 'Float64', print: asText };
  if (name === 'bytes') return { type: 'String', print: (sql) => `hex(${sql})` };
  if (name === 'int') return { type: 'Int32', print: asText };
  return name === 'long' ? { type: 'Int64', print: asText } : { type: 'String', print: asText };
}

/** The member of a union that is not null. */
const valueType = (type: unknown): AvroType => (Array.isArray(type) ? type[1] : type) as AvroType;

async function newestFields(registry: string, subject: string): Promise<readonly AvroField[]> {
  const answer = await fetch(`${registry}/subjects/${encodeURIComponent(subject)}/versions/latest`);
  const { schema } = (await answer.json()) as { schema: string };
  return (JSON.parse(schema) as { fields: AvroField[] }).fields;
}

export class ClickhouseKafkaEngine implements AsyncDisposable {
  readonly #dir: string;
  readonly #engine: Warehouse;
  readonly #kafka: TestKafka;
  readonly #registry: string;
  readonly #columns = new Map<string, readonly AvroField[]>();

  private constructor(dir: string, engine: Warehouse, kafka: TestKafka, registry: string) {
    this.#dir = dir;
    this.#engine = engine;
    this.#kafka = kafka;
    this.#registry = registry;
  }

  /** `registry`: base address of Confluent's routes. */
  static async open(kafka: TestKafka, registry: string): Promise<ClickhouseKafkaEngine> {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-kafka-engine-'));
    const engine = await openChdb({ dir });
    await engine.command('CREATE DATABASE reader ENGINE = Atomic');
    return new ClickhouseKafkaEngine(dir, engine, kafka, registry);
  }

  /** Begins to follow the topic of a table with a key. */
  async follow(topic: string): Promise<void> {
    const name = topic.split('.').at(-1)!;
    const before = (await newestFields(this.#registry, `${topic}-value`)).find(
      (field) => field.name === 'before',
    )!;
    const columns = (valueType(before.type) as unknown as { fields: AvroField[] }).fields;
    const keys = (await newestFields(this.#registry, `${topic}-key`)).map((field) => field.name);
    this.#columns.set(topic, columns);
    const type = (field: AvroField): string => columnType(valueType(field.type)).type;
    const images = columns.flatMap((field) => [
      `\`after.Value.${field.name}\` Nullable(${type(field)})`,
      ...(keys.includes(field.name) ? [`\`before.Value.${field.name}\` Nullable(${type(field)})`] : []),
    ]);
    const stored = columns.map((field) =>
      keys.includes(field.name)
        ? `\`${field.name}\` ${type(field)}`
        : `\`${field.name}\` Nullable(${type(field)})`,
    );
    const values = columns.map(({ name: field }) => {
      const after = `\`after.Value.${field}\``;
      if (!keys.includes(field)) return `${after} AS \`${field}\``;
      return `assumeNotNull(if(op = 'd', \`before.Value.${field}\`, ${after})) AS \`${field}\``;
    });
    const statements = [
      `CREATE TABLE reader.${name}_queue (${images.join(', ')}, \`source.seq\` UInt64, op String) ENGINE = Kafka
       SETTINGS kafka_broker_list = '${this.#kafka.broker}', kafka_topic_list = '${topic}',
       kafka_group_name = '${groupOf(topic)}', kafka_format = 'AvroConfluent', kafka_flush_interval_ms = 500, kafka_handle_error_mode = 'stream',
       format_avro_schema_registry_url = '${this.#registry}', input_format_avro_allow_missing_fields = 1`,
      `CREATE TABLE reader.${name} (${stored.join(', ')}, _seq UInt64, _deleted UInt8)
       ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY (${keys.join(', ')})`,
      `CREATE TABLE reader.${name}_truncated (_seq UInt64) ENGINE = MergeTree ORDER BY _seq`,
      `CREATE MATERIALIZED VIEW reader.${name}_truncates TO reader.${name}_truncated AS
       SELECT \`source.seq\` AS _seq FROM reader.${name}_queue WHERE op = 't'`,
      // The Kafka table has one type per column. Events from before a column changed its type may not fit into it; the
      // table is copied anew after such a change, so they are not missed.
      `CREATE TABLE reader.${name}_refused (reason String) ENGINE = MergeTree ORDER BY reason`,
      `CREATE MATERIALIZED VIEW reader.${name}_refusals TO reader.${name}_refused AS
       SELECT _error AS reason FROM reader.${name}_queue WHERE _error != ''`,
      `CREATE MATERIALIZED VIEW reader.${name}_changes TO reader.${name} AS
       SELECT ${values.join(', ')}, \`source.seq\` AS _seq, op = 'd' AS _deleted
       FROM reader.${name}_queue WHERE op != 't' AND _error = ''`,
    ];
    for (const sql of statements) await this.#engine.command(sql);
  }

  /** Resolves when the engine has committed all that the topics hold now. */
  async caughtUp(): Promise<void> {
    const describe = async (): Promise<string> =>
      JSON.stringify(await this.#engine.rows('SELECT * FROM system.kafka_consumers'));
    for (const topic of this.#columns.keys()) {
      await untilCommitted(this.#kafka.client, { groupId: groupOf(topic), topics: [topic] }, { describe });
    }
  }

  /** Why events could not be read, each reason once. */
  async refusals(topic: string): Promise<readonly string[]> {
    const name = topic.split('.').at(-1)!;
    const found = await this.#engine.rows<{ reason: string }>(
      `SELECT DISTINCT reason FROM reader.${name}_refused`,
    );
    return found.map(({ reason }) => reason);
  }

  /** The table as it is, each value as `readSourceRows` prints it. */
  async rows(topic: string): Promise<TextRow[]> {
    const name = topic.split('.').at(-1)!;
    const values = this.#columns
      .get(topic)!
      .map((field) => columnType(valueType(field.type)).print(`\`${field.name}\``));
    const found = await this.#engine.rows<{ row: (string | null)[] }>(
      `SELECT [${values.map((sql) => `CAST(${sql}, 'Nullable(String)')`).join(', ')}] AS row FROM reader.${name} FINAL
       WHERE _seq > (SELECT max(_seq) FROM reader.${name}_truncated)`,
    );
    return found.map(({ row }) => row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its consumers leave their group before the engine goes.
    await this.#engine.command('DROP DATABASE reader SYNC');
    await this.#engine.close();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
