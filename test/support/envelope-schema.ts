/** What an envelope's schema in a registry says, in one line per field, to be compared between two writers. */

interface AvroField {
  readonly name: string;
  readonly type: unknown;
}

interface AvroRecord {
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly AvroField[];
}

/** Each field as `name: type`, the type being the logical one where there is one, and nullable or not. */
export interface EnvelopeDescription {
  /** With its namespace. */
  readonly name: string;
  readonly fields: readonly string[];
  readonly source: readonly string[];
  readonly transaction: readonly string[];
  /** Of an image. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

const notNull = (type: unknown): unknown =>
  Array.isArray(type) ? type.find((branch) => branch !== 'null') : type;

function describe({ name, type }: AvroField): string {
  const value = notNull(type);
  if (typeof value === 'string') return `${name}: ${value}`;
  const named = value as { type: string; logicalType?: string; precision?: number; scale?: number };
  if (named.logicalType === 'decimal') return `${name}: decimal(${named.precision},${named.scale})`;
  return `${name}: ${named.logicalType ?? named.type}`;
}

const fieldsOf = (record: AvroRecord, name: string): readonly AvroField[] =>
  (notNull(record.fields.find((field) => field.name === name)!.type) as AvroRecord).fields;

async function newest(registry: string, subject: string): Promise<AvroRecord> {
  const answer = await fetch(`${registry}/subjects/${encodeURIComponent(subject)}/versions/latest`);
  return JSON.parse(((await answer.json()) as { schema: string }).schema) as AvroRecord;
}

/** `registry`: base address of Confluent's routes. */
export async function readEnvelope(registry: string, topic: string): Promise<EnvelopeDescription> {
  const value = await newest(registry, `${topic}-value`);
  const key = await newest(registry, `${topic}-key`);
  return {
    name: `${value.namespace}.${value.name}`,
    // `after` names the type of `before`.
    fields: value.fields.map((field) => (field.name === 'after' ? 'after: Value' : describe(field))),
    source: fieldsOf(value, 'source').map(describe),
    transaction: fieldsOf(value, 'transaction').map(describe),
    columns: fieldsOf(value, 'before').map(describe),
    key: key.fields.map(describe),
  };
}
