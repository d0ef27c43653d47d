/** What the parts of capture share during one run: where it stands, and the ways into the log. */
import avro from 'avsc';
import type { AvroSchema } from '../../core/avro-schema.ts';
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { ChangeSource, EventPlace, RowCursor, TransactionInfo } from '../../core/ports/change-source.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { formatPosition, type SourcePosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { schemaChangeTopic, valueSubject } from '../../core/topics.ts';
import { ChunkWindows } from './backfill/chunk-windows.ts';
import { CopyQueue } from './backfill/copy-queue.ts';
import type { CaptureState, PartialTransaction } from './capture-state.ts';
import { EnvelopeWriter } from './envelope-writer.ts';
import { LogWriter } from './log-writer.ts';
import { type SchemaBlocks, TableRegistrar } from './table-registrar.ts';
import type { BatchSchemaIds } from './topic-batch.ts';

export interface CaptureDependencies {
  readonly source: ChangeSource;
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Asked after each piece of work: a promise holds the source until it settles. */
  readonly hold?: () => Promise<void> | null;
  readonly options: {
    /** Tables are copied no faster than this; null: as fast as it goes. */
    readonly maxRowsPerSecond?: number | null;
    readonly prefix: string;
    /** Wait this long after a commit for more before appending, ms. */
    readonly lingerMs: number;
    /** Product version, for the envelope. */
    readonly version: string;
  };
  /** The parsed files schemas/source.avsc, transaction.avsc and schema-change.avsc. */
  readonly schemas: SchemaBlocks & { readonly schemaChange: AvroSchema };
}

export interface TableChange {
  readonly type: 'CREATE' | 'ALTER' | 'DROP' | 'TRUNCATE';
  readonly table: { readonly database: string; readonly table: string };
  readonly schema: TableSchema | null;
}

export class CaptureContext {
  readonly deps: CaptureDependencies;
  readonly envelope: EnvelopeWriter;
  readonly registrar: TableRegistrar;
  readonly writer: LogWriter;
  phase: CaptureState['phase'];
  position: SourcePosition | null;
  seq: number;
  serverId: number | null;
  readUntilMs: number;
  partial: PartialTransaction | null;
  /** Tables that are being copied. */
  readonly copies: CopyQueue;
  /** Chunks whose rows must give way to the stream's. */
  readonly windows = new ChunkWindows();
  readonly unconfirmed: Set<string>;
  /** Rises whenever a table changes as a whole: what was read before may be out of date, or of another shape. */
  tableChanges = 0;
  readonly #schemaChangeType: avro.Type;
  readonly #schemaChangeIds: Promise<BatchSchemaIds>;

  constructor(deps: CaptureDependencies, state: CaptureState, position: SourcePosition | null) {
    this.deps = deps;
    this.phase = state.phase;
    this.position = position;
    this.seq = state.seq;
    this.serverId = state.serverId;
    this.readUntilMs = state.readUntilMs;
    this.partial = state.partial;
    this.copies = new CopyQueue(state.copies, state.paused);
    this.unconfirmed = new Set(state.unconfirmed);
    const { prefix, version, lingerMs } = deps.options;
    this.envelope = new EnvelopeWriter({ version, connector: deps.source.identity.connector, name: prefix });
    this.registrar = new TableRegistrar(deps.registry, prefix, deps.schemas);
    this.writer = new LogWriter(deps.log, { metrics: deps.metrics, lingerMs, state: () => this.toState() });
    const schema = withSource(deps.schemas.schemaChange, deps.schemas.source);
    this.#schemaChangeType = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: 'never' });
    this.#schemaChangeIds = deps.registry
      .register(valueSubject(schemaChangeTopic(prefix)), JSON.stringify(schema))
      .then((valueSchemaId) => ({ valueSchemaId, keySchemaId: null }));
    this.#schemaChangeIds.catch(() => undefined);
  }

  toState(): CaptureState {
    return {
      phase: this.phase,
      position: this.position && formatPosition(this.position),
      seq: this.seq,
      serverId: this.serverId,
      readUntilMs: this.readUntilMs,
      partial: this.partial,
      copies: this.copies.toState(),
      paused: this.copies.paused,
      unconfirmed: [...this.unconfirmed],
    };
  }

  /** Adds all rows of the cursor, `skip` of them read over; returns how many rows there were. */
  addRows(
    rows: RowCursor,
    event: { transaction: TransactionInfo; place: EventPlace; snapshot: boolean },
    skip = 0,
  ): number {
    const table = this.registrar.of(rows.table);
    const { timestampMs } = event.place;
    this.envelope.startEvent({
      ...event,
      database: rows.table.database,
      table: rows.table.table,
      readAtMs: this.deps.clock.now(),
    });
    const windows = event.snapshot ? null : this.windows.of(rows.table.table);
    let index = 0;
    while (rows.next()) {
      if (index < skip) {
        skipRow(rows);
      } else {
        const batch = this.writer.batchOf(table);
        const before = batch.bytes;
        const added = batch.addRow(rows, this.envelope, { index, seq: this.seq + 1, timestampMs });
        this.seq += added;
        this.writer.added(batch.bytes - before);
        if (windows) {
          for (let back = 1; back <= added; back++) {
            const key = batch.keyText(batch.count - back);
            for (const window of windows) window.touch(key);
          }
        }
      }
      index++;
    }
    return index;
  }

  addTruncate(
    schema: TableSchema,
    event: { transaction: TransactionInfo; place: EventPlace; snapshot: boolean },
  ): void {
    this.tableChanges++;
    this.envelope.startEvent({
      ...event,
      database: schema.database,
      table: schema.table,
      readAtMs: this.deps.clock.now(),
    });
    const batch = this.writer.batchOf(this.registrar.of(schema));
    const before = batch.bytes;
    batch.addTruncate(this.envelope, { seq: ++this.seq, timestampMs: event.place.timestampMs });
    this.writer.added(batch.bytes - before);
  }

  /** Adds one schema-change record, a barrier between what is before and after it. */
  async addSchemaChange(
    changes: readonly TableChange[],
    event: { transaction: TransactionInfo; place: EventPlace; snapshot: boolean; ddl: string | null },
  ): Promise<void> {
    this.tableChanges++;
    const { identity } = this.deps.source;
    const { prefix, version } = this.deps.options;
    const tableChanges = [];
    for (const change of changes) {
      const ids = change.schema ? await this.registrar.of(change.schema).ids : null;
      tableChanges.push({
        type: change.type,
        id: `${change.table.database}.${change.table.table}`,
        topic: `${prefix}.${change.table.database}.${change.table.table}`,
        valueSchemaId: ids?.valueSchemaId ?? null,
      });
    }
    const seq = ++this.seq;
    const value = this.#schemaChangeType.toBuffer({
      source: {
        version,
        connector: identity.connector,
        name: prefix,
        ts_ms: event.place.timestampMs,
        snapshot: event.snapshot ? 'true' : 'false',
        db: identity.database,
        table: null,
        server_id: event.transaction.serverId,
        gtid: event.transaction.gtid,
        file: event.place.file,
        pos: event.place.offset,
        row: 0,
        thread: null,
        query: null,
        seq,
      },
      ts_ms: this.deps.clock.now(),
      databaseName: identity.database,
      ddl: event.ddl,
      tableChanges,
    });
    this.writer.addBarrier(schemaChangeTopic(prefix), this.#schemaChangeIds, (batch) =>
      batch.addEncoded(value, { seq, timestampMs: event.place.timestampMs }),
    );
  }
}

const scratch = { buffer: Buffer.alloc(0) };

function skipRow(rows: RowCursor): void {
  const bytes = rows.maxImageBytes();
  if (scratch.buffer.length < bytes) scratch.buffer = Buffer.allocUnsafe(bytes);
  rows.writeImage(scratch.buffer, 0);
  if (rows.operation === 'u') rows.writeImage(scratch.buffer, 0);
}

/** schema-change.avsc names the source block; a schema in the registry must stand alone. */
function withSource(schema: AvroSchema, source: AvroSchema): AvroSchema {
  const record = schema as { fields: { name: string; type: unknown }[] };
  return {
    ...record,
    fields: record.fields.map((field) => (field.name === 'source' ? { ...field, type: source } : field)),
  };
}
