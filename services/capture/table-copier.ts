/** Copies whole tables from a snapshot into the log, as `r` events. */
import type { EventPlace, Snapshot, TransactionInfo } from '../../core/ports/change-source.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import type { CaptureContext } from './capture-context.ts';

export interface CopyProgress {
  readonly table: string;
  readonly tablesDone: number;
  readonly tables: number;
  /** Rows of this table so far. */
  readonly rows: number;
  /** The table is complete. */
  readonly done: boolean;
}

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

export interface CopyOptions {
  readonly tables: readonly TableSchema[];
  /** Empty each table first: something of it may be in the log already. */
  readonly truncateFirst: boolean;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly signal: AbortSignal;
}

/** Facts of the records that stand for a snapshot rather than for a transaction. */
function snapshotEvent(snapshot: Snapshot): {
  transaction: TransactionInfo;
  place: EventPlace;
  snapshot: boolean;
} {
  const { position, serverId, timestampMs } = snapshot;
  const gtid = position.kind === 'file' ? null : position.gtid;
  return {
    transaction: { id: gtid ?? `${position.file}:${position.offset}`, gtid, serverId },
    place: { file: position.file, offset: position.offset, timestampMs },
    snapshot: true,
  };
}

/** Tells the readers of the log the shape that tables have at the snapshot. */
export async function confirmSchemas(
  context: CaptureContext,
  snapshot: Snapshot,
  tables: readonly TableSchema[],
): Promise<void> {
  const changes = tables.map((schema) => ({ type: 'ALTER' as const, table: schema, schema }));
  await context.addSchemaChange(changes, { ...snapshotEvent(snapshot), ddl: null });
}

/** Returns the rows copied of each table; everything is durable in the log when it resolves. */
export async function copyTables(
  context: CaptureContext,
  snapshot: Snapshot,
  options: CopyOptions,
): Promise<CopiedTable[]> {
  const event = snapshotEvent(snapshot);
  const changes = options.tables.map((schema) => ({ type: 'CREATE' as const, table: schema, schema }));
  await context.addSchemaChange(changes, { ...event, ddl: null });
  const copied: CopiedTable[] = [];
  for (const [index, table] of options.tables.entries()) {
    options.signal.throwIfAborted();
    const report = (rows: number, done: boolean): void =>
      options.onProgress({
        table: table.table,
        tablesDone: index,
        tables: options.tables.length,
        rows,
        done,
      });
    if (options.truncateFirst) context.addTruncate(table, event);
    let rows = 0;
    for await (const cursor of snapshot.rows(table)) {
      options.signal.throwIfAborted();
      rows += context.addRows(cursor, event);
      await context.writer.pump(true);
      report(rows, false);
    }
    report(rows, true);
    copied.push({ table: table.table, rows });
  }
  await context.writer.flush();
  return copied;
}
