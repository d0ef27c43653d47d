/** Encodes change events the plain way, with an Avro library, so that what the lake holds can be compared with them. */
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { type AvroSchema, envelopeSchema } from '../../../core/avro-schema.ts';
import { parseColumnType } from '../../../core/column-type.ts';
import type { RecordBatch } from '../../../core/ports/change-log.ts';

const block = (name: string): AvroSchema =>
  JSON.parse(readFileSync(new URL(`../../../schemas/${name}.avsc`, import.meta.url), 'utf8')) as AvroSchema;

const BLOCKS = { source: block('source'), transaction: block('transaction') };

export type Image = Readonly<Record<string, unknown>>;

export interface Change {
  readonly op: 'c' | 'u' | 'd' | 'r';
  readonly before?: Image;
  readonly after?: Image;
  readonly commitMs: number;
  readonly seq: number;
}

/** The two's complement bytes of an unscaled decimal. */
export function decimalBytes(unscaled: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(8 * length, unscaled) !== unscaled) length += 1;
  const hex = BigInt.asUintN(8 * length, unscaled).toString(16);
  return Buffer.from(hex.padStart(2 * length, '0'), 'hex');
}

/** A table and its encoder. `columns`: name → source type. */
export class TestTable {
  readonly topic: string;
  readonly schema: string;
  readonly #type: avro.Type;
  readonly #imageName: string;
  readonly #branches: Readonly<Record<string, string>>;

  constructor(table: string, columns: Readonly<Record<string, string>>) {
    const schema = envelopeSchema(
      'erp',
      {
        database: 'dolibarr',
        table,
        key: ['rowid'],
        columns: Object.entries(columns).map(([name, type]) => ({ name, type: parseColumnType(type)! })),
      },
      BLOCKS,
    );
    this.topic = `erp.dolibarr.${table}`;
    this.schema = JSON.stringify(schema);
    this.#type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: true });
    this.#imageName = `erp.dolibarr.${table}.Value`;
    this.#branches = imageBranches(this.schema);
  }

  batch(schemaId: number, changes: readonly Change[]): RecordBatch {
    const datums = changes.map((change) => this.#type.toBuffer(this.#envelope(change)));
    let end = 0;
    return {
      topic: this.topic,
      valueSchemaId: schemaId,
      keySchemaId: null,
      count: datums.length,
      values: Buffer.concat(datums),
      valueEnds: Uint32Array.from(datums, (datum) => (end += datum.length)),
      keys: new Uint8Array(0),
      keyEnds: new Uint32Array(datums.length),
      timestampMs: Math.max(...changes.map((change) => change.commitMs)),
      firstSeq: changes[0]!.seq,
      lastSeq: changes.at(-1)!.seq,
    };
  }

  #envelope(change: Change): unknown {
    return {
      before: this.#image(change.before),
      after: this.#image(change.after),
      source: {
        version: 'test',
        connector: 'mariadb',
        name: 'erp',
        ts_ms: change.commitMs,
        snapshot: { string: change.op === 'r' ? 'true' : 'false' },
        db: 'dolibarr',
        table: null,
        server_id: 1,
        gtid: { string: `0-1-${change.seq}` },
        file: 'binlog.000001',
        pos: 4,
        row: 0,
        thread: null,
        query: null,
        seq: change.seq,
      },
      transaction: null,
      op: change.op,
      ts_ms: { long: change.commitMs },
    };
  }

  #image(image: Image | undefined): unknown {
    if (!image) return null;
    const fields = Object.entries(this.#branches).map(([name, branch]) => {
      const value = image[name] ?? null;
      return [name, value === null ? null : { [branch]: value }];
    });
    return { [this.#imageName]: Object.fromEntries(fields) };
  }
}

/** Field name → name of the branch that is not null. */
function imageBranches(schemaText: string): Record<string, string> {
  const schema = JSON.parse(schemaText) as {
    fields: { name: string; type: [string, { fields: { name: string; type: [string, AvroSchema] }[] }] }[];
  };
  const image = schema.fields.find((field) => field.name === 'before')!.type[1];
  return Object.fromEntries(
    image.fields.map(({ name, type }) => {
      const branch = type[1];
      return [name, typeof branch === 'string' ? branch : String((branch as { type: string }).type)];
    }),
  );
}
