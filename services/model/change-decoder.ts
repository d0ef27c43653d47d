/**
 * Reads from change events just the columns that the model uses, before and after. The rest of a record is skipped, not
 * decoded.
 */
import avro, { type Schema, type Type } from 'avsc';
import { type EnvelopeTable, tableOfEnvelope } from '../../core/avro-schema.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';

/** Values by the source's column names; only the columns that were asked for. */
export type Image = Readonly<Record<string, unknown>>;

export interface Change {
  /** Debezium's operation: c, u, d, r (initial copy), t. */
  readonly op: string;
  readonly before: Image | null;
  readonly after: Image | null;
}

interface Field {
  readonly name: string;
  readonly type: unknown;
}

interface RecordSchema {
  readonly fields: readonly Field[];
}

interface Decoder {
  decode(datum: Buffer): Change;
}

/** The envelope's schema with `op` and the two images only, the images with the named fields only. */
function projectEnvelope(text: string, fieldNames: ReadonlySet<string>): Schema {
  const envelope = JSON.parse(text) as RecordSchema;
  const fields = envelope.fields
    .filter(({ name }) => name === 'before' || name === 'after' || name === 'op')
    .map((field) => {
      if (field.name !== 'before') return field;
      const [nothing, value] = field.type as [unknown, RecordSchema];
      const kept = value.fields.filter(({ name }) => fieldNames.has(name));
      return { ...field, type: [nothing, { ...value, fields: kept }] };
    });
  return { ...envelope, fields } as unknown as Schema;
}

function renamer(table: EnvelopeTable, columns: ReadonlySet<string>): (image: Image | null) => Image | null {
  const pairs = table.columns
    .map(({ name }, index) => [name, table.fieldNames[index]!] as const)
    .filter(([name]) => columns.has(name));
  if (pairs.every(([name, field]) => name === field)) return (image) => image;
  return (image) => image && Object.fromEntries(pairs.map(([name, field]) => [name, image[field]]));
}

export class ChangeDecoder {
  readonly #registry: SchemaRegistry;
  readonly #decoders = new Map<string, Decoder>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** The changes of the batch in order, with `columns` of each image. Rejects with LOG_CORRUPT. */
  async decode(batch: LoggedBatch, columns: ReadonlySet<string>): Promise<Change[]> {
    const decoder = await this.#decoder(batch.valueSchemaId, columns);
    const { buffer, byteOffset } = batch.values;
    const changes: Change[] = [];
    let start = 0;
    for (const end of batch.valueEnds) {
      try {
        changes.push(decoder.decode(Buffer.from(buffer, byteOffset + start, end - start)));
      } catch (error) {
        throw asDolistreamError(error, 'LOG_CORRUPT', {
          fix: `Look at ${batch.topic} near ${batch.baseOffset}.`,
        });
      }
      start = end;
    }
    return changes;
  }

  async #decoder(schemaId: number, columns: ReadonlySet<string>): Promise<Decoder> {
    const key = `${schemaId} ${[...columns].join(' ')}`;
    const known = this.#decoders.get(key);
    if (known) return known;
    const text = await this.#registry.schemaById(schemaId);
    const table = tableOfEnvelope(text);
    if (!table) throw new DolistreamError('SCHEMA_UNKNOWN', `Schema ${schemaId} is no table's change event`);
    const fieldNames = new Set(
      table.fieldNames.filter((_, index) => columns.has(table.columns[index]!.name)),
    );
    const written: Type = avro.Type.forSchema(JSON.parse(text) as Schema, { wrapUnions: false });
    const wanted: Type = avro.Type.forSchema(projectEnvelope(text, fieldNames), { wrapUnions: false });
    const resolver = wanted.createResolver(written);
    const rename = renamer(table, columns);
    const decoder: Decoder = {
      decode: (datum) => {
        const { op, before, after } = wanted.fromBuffer(datum, resolver, true) as Change;
        return { op, before: rename(before), after: rename(after) };
      },
    };
    this.#decoders.set(key, decoder);
    return decoder;
  }
}
