/** Reads the records of the schema-change topic (schemas/schema-change.avsc). They are few, so they are decoded. */
import avro, { type Type } from 'avsc';
import { DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';

export interface TableChange {
  /** CREATE, ALTER, DROP or TRUNCATE. */
  readonly type: string;
  readonly database: string;
  readonly table: string;
  /** Topic of the table's rows. */
  readonly topic: string;
  readonly valueSchemaId: number | null;
}

interface SchemaChangeRecord {
  readonly databaseName: string;
  readonly tableChanges: readonly {
    readonly type: string;
    readonly id: string;
    readonly topic: string;
    readonly valueSchemaId: number | null;
  }[];
}

export class SchemaChangeReader {
  readonly #registry: SchemaRegistry;
  readonly #types = new Map<number, Type>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** The changes of all records of the batch, in order. Rejects with LOG_CORRUPT. */
  async read(batch: LoggedBatch): Promise<TableChange[]> {
    const type = await this.#typeOf(batch.valueSchemaId);
    const changes: TableChange[] = [];
    let start = 0;
    for (const end of batch.valueEnds) {
      const { databaseName, tableChanges } = decode(type, batch, start, end);
      for (const { id, ...change } of tableChanges) {
        const table = id.startsWith(`${databaseName}.`) ? id.slice(databaseName.length + 1) : id;
        changes.push({ ...change, database: databaseName, table });
      }
      start = end;
    }
    return changes;
  }

  async #typeOf(schemaId: number): Promise<Type> {
    let type = this.#types.get(schemaId);
    if (!type) {
      const schema = JSON.parse(await this.#registry.schemaById(schemaId));
      type = avro.Type.forSchema(schema, { wrapUnions: false });
      this.#types.set(schemaId, type);
    }
    return type;
  }
}

function decode(type: Type, { topic, values }: LoggedBatch, start: number, end: number): SchemaChangeRecord {
  const datum = values.subarray(start, end);
  try {
    return type.fromBuffer(Buffer.from(datum.buffer, datum.byteOffset, datum.length)) as SchemaChangeRecord;
  } catch (error) {
    throw new DolistreamError('LOG_CORRUPT', `A schema change on topic ${topic} cannot be read`, {
      cause: error,
    });
  }
}
