/** Writes change events of interventions into a log, as capture does. */
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type { Alert } from '../../../core/alert.ts';
import { type AvroSchema, envelopeSchema } from '../../../core/avro-schema.ts';
import { parseColumnType } from '../../../core/column-type.ts';
import type { ChangeLog, Cursor, RecordBatch } from '../../../core/ports/change-log.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { alertAnswersTopic, alertsTopic, tableTopic, valueSubject } from '../../../core/topics.ts';

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

const INVOICES = tableSchema('llx_facture', {
  rowid: 'int(11)',
  ref: 'varchar(30)',
  entity: 'int(11)',
  type: 'smallint(6)',
  fk_soc: 'int(11)',
  total_ht: 'double(24,8)',
  fk_statut: 'smallint(6)',
});
const MOVES = tableSchema('llx_stock_mouvement', {
  rowid: 'int(11)',
  fk_product: 'int(11)',
  value: 'double',
  type_mouvement: 'smallint(6)',
  fk_project: 'int(11)',
});
const CUSTOMERS = tableSchema('llx_societe', { rowid: 'int(11)', nom: 'varchar(128)' });
const PRODUCTS = tableSchema('llx_product', {
  rowid: 'int(11)',
  ref: 'varchar(128)',
  label: 'varchar(255)',
});
const TABLES = {
  rows: ROWS,
  figures: FIGURES,
  invoices: INVOICES,
  moves: MOVES,
  customers: CUSTOMERS,
  products: PRODUCTS,
} as const;

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
  readonly table: keyof typeof TABLES;
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
    const schema = TABLES[changes[0]!.table];
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

const ANSWER_SCHEMA = readFileSync(new URL('../../../schemas/alert-answer.avsc', import.meta.url), 'utf8');

/** Appends what somebody said of an alert, as alerting does. */
export async function answerAlert(
  { log, registry }: { readonly log: ChangeLog; readonly registry: SchemaRegistry },
  alert: string,
  answer: string,
  at = 1_700_000_000_000,
): Promise<void> {
  const topic = alertAnswersTopic(PREFIX);
  const value = avro.Type.forSchema(JSON.parse(ANSWER_SCHEMA) as avro.Schema).toBuffer({
    ...{ id: `${alert}-${answer}`, alert, case_id: 'c', rule: 'r', severity: 50, entity: 1 },
    ...{ subject_type: 'intervention', subject_id: 1, answer, answered_by: 'Paul', via: 'cli', note: '' },
    answered_at: at,
  });
  const batch: RecordBatch = {
    ...{
      topic,
      valueSchemaId: await registry.register(valueSubject(topic), ANSWER_SCHEMA),
      keySchemaId: null,
    },
    ...{ count: 1, values: value, valueEnds: Uint32Array.of(value.length), keys: new Uint8Array(0) },
    ...{ keyEnds: new Uint32Array(1), timestampMs: at, firstSeq: 0, lastSeq: 0 },
  };
  await log.append([batch], []);
}

/** An intervention that is planned, then finished with `hours` for 4 planned ones. */
export function finished(
  id: number,
  hours: number,
  more: Partial<Parameters<typeof figures>[0]> = {},
): Change[] {
  const open = { fk_object: id, type_intervention: 'Plomberie', duree_estimee: 4, ville: 'Lyon' };
  return [
    { op: 'c', table: 'rows', after: row(id, `(PROV${id})`) },
    { op: 'u', table: 'rows', before: row(id, `(PROV${id})`), after: row(id, `FI2611-${id}`) },
    { op: 'c', table: 'figures', after: figures(open) },
    {
      op: 'u',
      table: 'figures',
      before: figures(open),
      after: figures({ ...open, duree_reelle: hours, ...more }),
    },
  ];
}

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
export const uncounted: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};

const alertType = avro.Type.forSchema(JSON.parse(ALERT_SCHEMA) as avro.Schema);

export async function readAlerts(log: ChangeLog): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (let from: Cursor | null = null; ;) {
    const result = await log.read({
      from,
      maxBytes: 1_000_000,
      topics: (topic) => topic === alertsTopic(PREFIX),
      waitMs: 0,
    });
    for (const batch of result.batches) {
      let start = 0;
      for (const end of batch.valueEnds) {
        alerts.push(alertType.fromBuffer(Buffer.from(batch.values.subarray(start, end))) as Alert);
        start = end;
      }
    }
    if (result.cursor === from) return alerts;
    from = result.cursor;
  }
}
