/** Writes change events of interventions into a log, as capture does. */
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { type AvroSchema, envelopeSchema } from '../../../core/avro-schema.ts';
import { parseColumnType } from '../../../core/column-type.ts';
import type { ChangeLog, RecordBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { tableTopic, valueSubject } from '../../../core/topics.ts';

export const PREFIX = 'test';
export const DATABASE = 'dolibarr';
export const ALERT_SCHEMA = readFileSync(new URL('../../../schemas/alert.avsc', import.meta.url), 'utf8');

const blocks = {
  source: JSON.parse(
    readFileSync(new URL('../../../schemas/source.avsc', import.meta.url), 'utf8'),
  ) as AvroSchema,
  transaction: JSON.parse(
    readFileSync(new URL('../../../schemas/transaction.avsc', import.meta.url), 'utf8'),
  ) as AvroSchema,
};

function tableSchema(table: string, columns: Readonly<Record<string, string>>): TableSchema {
  return {
    database: DATABASE,
    table,
    key: ['rowid'],
    columns: Object.entries(columns).map(([name, type]) => ({ name, type: parseColumnType(type)! })),
  };
}

const ROWS = tableSchema('llx_fichinter', {
  rowid: 'int(11)',
  ref: 'varchar(30)',
  entity: 'int(11)',
  tms: 'timestamp',
});
const FIGURES = tableSchema('llx_fichinter_extrafields', {
  rowid: 'int(11)',
  fk_object: 'int(11)',
  type_intervention: 'varchar(255)',
  duree_estimee: 'double(24,8)',
  duree_reelle: 'double(24,8)',
  satisfaction: 'int(11)',
  cout: 'double(24,8)',
  ville: 'varchar(255)',
});

export interface Figures {
  readonly fk_object: number;
  readonly type_intervention?: string | null;
  readonly duree_estimee?: number | null;
  readonly duree_reelle?: number | null;
  readonly satisfaction?: number | null;
  readonly cout?: number | null;
  readonly ville?: string | null;
}

export interface Change {
  readonly op: 'c' | 'u' | 'd' | 'r';
  readonly table: 'rows' | 'figures';
  readonly before?: object | null;
  readonly after?: object | null;
}

const EMPTY_FIGURES = {
  type_intervention: null,
  duree_estimee: null,
  duree_reelle: null,
  satisfaction: null,
  cout: null,
  ville: null,
};

export const figures = (values: Figures): object => ({
  rowid: values.fk_object,
  ...EMPTY_FIGURES,
  ...values,
});

export const row = (rowid: number, ref: string): object => ({
  rowid,
  ref,
  entity: 1,
  tms: 1_700_000_000_000,
});

/** Appends changes, one batch per run of the same table, with growing seq. */
export class InterventionEvents {
  readonly #log: ChangeLog;
  readonly #registry: SchemaRegistry;
  #seq = 0;

  constructor(log: ChangeLog, registry: SchemaRegistry) {
    this.#log = log;
    this.#registry = registry;
  }

  async append(changes: readonly Change[], committedAt = 1_700_000_000_000): Promise<void> {
    const batches: RecordBatch[] = [];
    for (let from = 0; from < changes.length;) {
      let to = from;
      while (to < changes.length && changes[to]!.table === changes[from]!.table) to++;
      batches.push(await this.#batch(changes.slice(from, to), committedAt));
      from = to;
    }
    await this.#log.append(batches, []);
  }

  async #batch(changes: readonly Change[], committedAt: number): Promise<RecordBatch> {
    const schema = changes[0]!.table === 'rows' ? ROWS : FIGURES;
    const topic = tableTopic(PREFIX, DATABASE, schema.table);
    const text = JSON.stringify(envelopeSchema(PREFIX, schema, blocks));
    const valueSchemaId = await this.#registry.register(valueSubject(topic), text);
    const type = avro.Type.forSchema(JSON.parse(text) as avro.Schema);
    const firstSeq = this.#seq + 1;
    const values = changes.map((change) =>
      type.toBuffer({
        before: change.before ?? null,
        after: change.after ?? null,
        source: {
          version: '0',
          connector: 'mariadb',
          name: PREFIX,
          ts_ms: committedAt,
          snapshot: null,
          db: DATABASE,
          table: schema.table,
          server_id: 1,
          gtid: null,
          file: 'binlog.000001',
          pos: 0,
          row: 0,
          thread: null,
          query: null,
          seq: ++this.#seq,
        },
        transaction: null,
        op: change.op,
        ts_ms: null,
      }),
    );
    let end = 0;
    return {
      topic,
      valueSchemaId,
      keySchemaId: null,
      count: values.length,
      values: Buffer.concat(values),
      valueEnds: Uint32Array.from(values.map((value) => (end += value.length))),
      keys: new Uint8Array(0),
      keyEnds: new Uint32Array(values.length),
      timestampMs: committedAt,
      firstSeq,
      lastSeq: this.#seq,
    };
  }
}
