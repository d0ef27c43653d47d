/**
 * Decodes change events into typed rows. Columns may be missing, of another type, or hold nonsense; such a figure counts
 * as not known.
 */
import avro from 'avsc';
import { type EnvelopeTable, tableOfEnvelope } from '../../core/avro-schema.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';

export interface RowChange<Row> {
  /** Debezium's operation: c, u, d, r (initial copy), t. */
  readonly op: string;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly seq: number;
  /** Commit time, ms since epoch. */
  readonly committedAt: number;
}

type AvroRow = Readonly<Record<string, unknown>>;

interface Envelope {
  readonly before: AvroRow | null;
  readonly after: AvroRow | null;
  readonly source: { readonly ts_ms: number | bigint; readonly seq: number | bigint };
  readonly op: string;
}

/** A row with typed access by the source's column names. */
export interface ColumnReader {
  number(name: string): number | null;
  text(name: string): string | null;
}

/** Longs beyond 2^53 come as bigint instead of failing the whole record. */
const longType = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const value = bytes.readBigInt64LE();
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  },
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0),
});

function decimalOf(bytes: Uint8Array, scale: number): number {
  if (bytes.length === 0) return 0;
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  return Number(unscaled) / 10 ** scale;
}

function columnReader(table: EnvelopeTable, row: AvroRow): ColumnReader {
  const value = (name: string): unknown => {
    const index = table.columns.findIndex((column) => column.name === name);
    return index < 0 ? null : row[table.fieldNames[index]!];
  };
  const number = (name: string): number | null => {
    const raw = value(name);
    if (typeof raw === 'number' || typeof raw === 'bigint') return Number(raw);
    if (typeof raw === 'string')
      return /^\s*-?\d+([.,]\d+)?\s*$/.test(raw) ? Number(raw.replace(',', '.')) : null;
    if (!(raw instanceof Uint8Array)) return null;
    const type = table.columns.find((column) => column.name === name)!.type;
    return type.kind === 'decimal' ? decimalOf(raw, type.scale) : null;
  };
  const text = (name: string): string | null => {
    const raw = value(name);
    return typeof raw === 'string' ? raw : typeof raw === 'number' ? String(raw) : null;
  };
  return { number, text };
}

/** A row id, or null for what cannot be one. */
export function idOf(columns: ColumnReader, name: string): number | null {
  const id = columns.number(name);
  return id !== null && Number.isSafeInteger(id) && id > 0 ? id : null;
}

interface Decoder {
  readonly table: EnvelopeTable;
  decode(value: Buffer): Envelope;
}

/** What `decode` makes of each value of the batch, in order. Throws LOG_CORRUPT when it throws. */
export function mapValues<Result>(batch: LoggedBatch, decode: (value: Buffer) => Result): Result[] {
  const results: Result[] = [];
  let start = 0;
  for (let index = 0; index < batch.count; index++) {
    const end = batch.valueEnds[index]!;
    const value = batch.values.subarray(start, end);
    try {
      results.push(decode(Buffer.from(value.buffer, value.byteOffset, value.length)));
    } catch (error) {
      const offset = batch.baseOffset + index;
      throw asDolistreamError(error, 'LOG_CORRUPT', { fix: `Look at ${batch.topic}, offset ${offset}.` });
    }
    start = end;
  }
  return results;
}

/** Decodes batches of row changes; keeps one decoder per schema. */
export class ChangeDecoder {
  readonly #registry: SchemaRegistry;
  readonly #decoders = new Map<number, Decoder>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** The changes of the batch in order. Rejects with LOG_CORRUPT when a record does not fit its schema. */
  async decode<Row>(
    batch: LoggedBatch,
    read: (columns: ColumnReader) => Row | null,
  ): Promise<RowChange<Row>[]> {
    const { table, decode } = await this.#decoder(batch.valueSchemaId);
    const row = (image: AvroRow | null): Row | null => image && read(columnReader(table, image));
    return mapValues(batch, (value) => {
      const envelope = decode(value);
      return {
        op: envelope.op,
        before: row(envelope.before),
        after: row(envelope.after),
        seq: Number(envelope.source.seq),
        committedAt: Number(envelope.source.ts_ms),
      };
    });
  }

  async #decoder(schemaId: number): Promise<Decoder> {
    const known = this.#decoders.get(schemaId);
    if (known) return known;
    const text = await this.#registry.schemaById(schemaId);
    const table = tableOfEnvelope(text);
    if (!table) throw new DolistreamError('SCHEMA_UNKNOWN', `Schema ${schemaId} is no table's change event`);
    const type = avro.Type.forSchema(JSON.parse(text) as avro.Schema, { registry: { long: longType } });
    const decoder: Decoder = {
      table,
      decode: (value) => type.fromBuffer(value) as Envelope,
    };
    this.#decoders.set(schemaId, decoder);
    return decoder;
  }
}
