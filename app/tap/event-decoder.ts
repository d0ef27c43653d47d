/** Turns records of the log into JSON that reads as a SELECT prints: decimals and instants as text, nothing rounded. */
import avro, { type Schema, type Type } from 'avsc';
import { tableOfEnvelope } from '../../core/avro-schema.ts';
import { asDolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { decimalValue } from '../../services/warehouse/avro-reader.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonRecord = { readonly [name: string]: Json };

/** Whether a column of a table is not to be shown. */
export type Drops = (table: string, column: string) => boolean;

/** 64-bit numbers beyond what JavaScript holds exactly become text. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer): number | string => {
    const value = bytes.readBigInt64LE();
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  },
  toBuffer: () => Buffer.alloc(8),
  fromJSON: Number,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'number',
  compare: () => 0,
});

class DecimalText extends avro.types.LogicalType {
  readonly #scale: number;

  constructor(schema: Schema, options?: ConstructorParameters<typeof avro.types.LogicalType>[1]) {
    super(schema, options as never);
    this.#scale = Number((schema as { scale?: unknown }).scale ?? 0);
  }

  protected override _fromValue(value: Buffer): string {
    return decimalText(value, this.#scale);
  }

  protected override _toValue(): undefined {
    return undefined;
  }

  protected override _resolve(): undefined {
    return undefined;
  }
}

function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = decimalValue(bytes);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const logicalText = (write: (value: number) => string) =>
  class extends avro.types.LogicalType {
    protected override _fromValue(value: number): string {
      return write(value);
    }

    protected override _toValue(): undefined {
      return undefined;
    }

    protected override _resolve(): undefined {
      return undefined;
    }
  };

const LOGICAL_TYPES = {
  decimal: DecimalText,
  date: logicalText((days) => new Date(days * 86_400_000).toISOString().slice(0, 10)),
  'timestamp-millis': logicalText((ms) => new Date(Number(ms)).toISOString()),
  'timestamp-micros': logicalText((us) => microsText(BigInt(us))),
};

function microsText(micros: bigint): string {
  const part = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - part) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(part).padStart(6, '0')}Z`;
}

/**
 * 'never': values of unions as they are. It would be ambiguous for writing, which nobody does here. avsc notes the types
 * that it has seen in the options, so every schema gets its own.
 */
const READING = {
  wrapUnions: 'never',
  logicalTypes: LOGICAL_TYPES,
  typeHook: (attributes: unknown) => {
    const { type, logicalType } = Object(attributes) as { type?: unknown; logicalType?: unknown };
    return attributes === 'long' || (type === 'long' && logicalType === undefined) ? LONG : undefined;
  },
};

interface Decoder {
  readonly type: Type;
  readonly hidden: readonly string[];
}

export class EventDecoder {
  readonly #registry: Pick<SchemaRegistry, 'schemaById'>;
  readonly #drops: Drops;
  readonly #decoders = new Map<number, Decoder>();

  constructor(registry: Pick<SchemaRegistry, 'schemaById'>, drops: Drops) {
    this.#registry = registry;
    this.#drops = drops;
  }

  /** The record at `index`. Rejects with LOG_CORRUPT when it is not of its schema. */
  async decode(batch: LoggedBatch, index: number): Promise<JsonRecord> {
    const { type, hidden } = await this.#decoder(batch.valueSchemaId);
    const from = index === 0 ? 0 : batch.valueEnds[index - 1]!;
    const { buffer, byteOffset } = batch.values;
    try {
      const datum = Buffer.from(buffer, byteOffset + from, batch.valueEnds[index]! - from);
      const record = plain(type.fromBuffer(datum)) as JsonRecord;
      return hidden.length === 0 ? record : withoutColumns(record, hidden);
    } catch (error) {
      throw asDolistreamError(error, 'LOG_CORRUPT', {
        fix: `Look at ${batch.topic} near ${batch.baseOffset + index}.`,
      });
    }
  }

  async #decoder(schemaId: number): Promise<Decoder> {
    const known = this.#decoders.get(schemaId);
    if (known) return known;
    const text = await this.#registry.schemaById(schemaId);
    const table = tableOfEnvelope(text);
    const decoder = {
      type: avro.Type.forSchema(JSON.parse(text) as Schema, { ...READING } as never),
      // A rule that was added after the event was captured holds for it, too.
      hidden: table
        ? table.fieldNames.filter((_, at) => this.#drops(table.table, table.columns[at]!.name))
        : [],
    };
    this.#decoders.set(schemaId, decoder);
    return decoder;
  }
}

function withoutColumns(record: JsonRecord, hidden: readonly string[]): JsonRecord {
  const strip = (image: Json | undefined): Json =>
    image === null || typeof image !== 'object'
      ? null
      : Object.fromEntries(Object.entries(image).filter(([name]) => !hidden.includes(name)));
  return { ...record, before: strip(record['before']), after: strip(record['after']) };
}

/** Records of avsc are objects of classes, bytes are buffers. */
function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : ((value ?? null) as Json);
}
