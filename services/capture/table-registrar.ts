/** Keeps the registry in step with the tables: a schema version for each shape a table has had. */
import { type AvroSchema, envelopeSchema, keySchema } from '../../core/avro-schema.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { schemaFingerprint, type TableSchema } from '../../core/table-schema.ts';
import { keySubject, tableTopic, valueSubject } from '../../core/topics.ts';
import type { BatchSchemaIds } from './topic-batch.ts';

export interface RegisteredTable {
  readonly schema: TableSchema;
  readonly topic: string;
  readonly fingerprint: string;
  readonly ids: Promise<BatchSchemaIds>;
}

export interface SchemaBlocks {
  readonly source: AvroSchema;
  readonly transaction: AvroSchema;
}

export class TableRegistrar {
  readonly #registry: SchemaRegistry;
  readonly #prefix: string;
  readonly #blocks: SchemaBlocks;
  readonly #byObject = new WeakMap<TableSchema, RegisteredTable>();
  readonly #byFingerprint = new Map<string, RegisteredTable>();
  /** Registrations run one after another, so that versions appear in the order of the stream. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: SchemaRegistry, prefix: string, blocks: SchemaBlocks) {
    this.#registry = registry;
    this.#prefix = prefix;
    this.#blocks = blocks;
  }

  of(schema: TableSchema): RegisteredTable {
    let table = this.#byObject.get(schema);
    if (table) return table;
    const fingerprint = schemaFingerprint(schema);
    table = this.#byFingerprint.get(fingerprint) ?? this.#register(schema, fingerprint);
    this.#byObject.set(schema, table);
    return table;
  }

  #register(schema: TableSchema, fingerprint: string): RegisteredTable {
    const topic = tableTopic(this.#prefix, schema.database, schema.table);
    const ids = this.#last.then(() => this.#registerBoth(schema, topic));
    this.#last = ids.catch(() => undefined);
    const table = { schema, topic, fingerprint, ids };
    this.#byFingerprint.set(fingerprint, table);
    ids.catch(() => this.#byFingerprint.delete(fingerprint));
    return table;
  }

  async #registerBoth(schema: TableSchema, topic: string): Promise<BatchSchemaIds> {
    const key = keySchema(this.#prefix, schema);
    const value = envelopeSchema(this.#prefix, schema, this.#blocks);
    // The source decides its columns: a type may change in a way that old readers cannot follow.
    const options = { acceptIncompatible: true };
    const keySchemaId = key
      ? await this.#registry.register(keySubject(topic), JSON.stringify(key), options)
      : null;
    const valueSchemaId = await this.#registry.register(valueSubject(topic), JSON.stringify(value), options);
    return { keySchemaId, valueSchemaId };
  }
}
