/**
 * BACKWARD compatibility as Confluent's registry means it: a reader with the new schema can read what the newest
 * version wrote. Logical types count: bytes that were decimal(10,2) do not read as decimal(24,8).
 */
import avro from 'avsc';
import { DolistreamError } from '../../core/errors.ts';

/** Two logical types are one when every attribute that changes the meaning of the bytes is equal. */
class ExactLogicalType extends avro.types.LogicalType {
  readonly meaning: string;

  constructor(schema: avro.Schema, options?: object) {
    super(schema, options);
    const { logicalType, precision, scale } = schema as unknown as Record<string, unknown>;
    this.meaning = JSON.stringify([logicalType, precision ?? null, scale ?? 0]);
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }

  protected override _toValue(value: unknown): unknown {
    return value;
  }

  protected override _resolve(writer: avro.Type): ((value: unknown) => unknown) | undefined {
    const isSame = writer instanceof ExactLogicalType && writer.meaning === this.meaning;
    return isSame ? (value) => value : undefined;
  }
}

const LOGICAL_TYPES = Object.fromEntries(
  ['decimal', 'date', 'timestamp-millis', 'timestamp-micros'].map((name) => [name, ExactLogicalType]),
);

/** `text` is the schema's JSON without white space: two texts that differ in nothing else are one schema. Throws SCHEMA_INCOMPATIBLE when it is not an Avro schema. */
export function parseSchema(subject: string, schema: string): { text: string; type: avro.Type } {
  try {
    const json = JSON.parse(schema) as avro.Schema;
    const type = avro.Type.forSchema(json, { logicalTypes: LOGICAL_TYPES, wrapUnions: true });
    return { text: JSON.stringify(json), type };
  } catch (error) {
    throw new DolistreamError(
      'SCHEMA_INCOMPATIBLE',
      `The schema given for ${subject} is not an Avro schema: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Throws SCHEMA_INCOMPATIBLE when a reader with `schema` cannot read what `newest` wrote. */
export function checkCompatible(subject: string, schema: string, newest: string): void {
  const reader = parseSchema(subject, schema).type;
  const writer = parseSchema(subject, newest).type;
  try {
    reader.createResolver(writer);
  } catch (error) {
    throw new DolistreamError(
      'SCHEMA_INCOMPATIBLE',
      `The new schema of ${subject} cannot read the records written so far: ${(error as Error).message}`,
      { fix: 'Give new fields a default, and keep the types of the fields that stay.', cause: error },
    );
  }
}
