/** Schema changes in the log that no DDL of the stream tells: at the first copy, and after DDL that no row followed. */
import type { Snapshot } from '../../core/ports/change-source.ts';
import { formatPosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { copyEvent } from './backfill/copy-event.ts';
import type { CaptureContext } from './capture-context.ts';
import { newCopy } from './capture-state.ts';

const snapshotEvent = ({ position, serverId, timestampMs }: Snapshot): ReturnType<typeof copyEvent> =>
  copyEvent(position, serverId, timestampMs);

/** Tells the readers of the log the shape that tables have at the snapshot. */
export async function confirmSchemas(
  context: CaptureContext,
  snapshot: Snapshot,
  tables: readonly TableSchema[],
): Promise<void> {
  const changes = tables.map((schema) => ({ type: 'ALTER' as const, table: schema, schema }));
  await context.addSchemaChange(changes, { ...snapshotEvent(snapshot), ddl: null });
}

/**
 * Decides where the stream begins and that every table is to be copied, and tells the readers of the log their shapes.
 * Durable when it resolves, with the tables.
 */
export async function beginFirstCopy(context: CaptureContext): Promise<readonly TableSchema[]> {
  const { source, logger } = context.deps;
  // Before it was a first copy, the log may have held what the source has no more.
  const truncate = context.phase === 'copying';
  await using snapshot = await source.snapshot();
  const { tables, position } = snapshot;
  const changes = tables.map((schema) => ({ type: 'CREATE' as const, table: schema, schema }));
  await context.addSchemaChange(changes, { ...snapshotEvent(snapshot), ddl: null });
  for (const { table } of tables) context.copies.restore({ ...newCopy(table), announced: true, truncate });
  context.phase = tables.length === 0 ? 'streaming' : 'copying';
  context.position = position;
  context.readUntilMs = snapshot.timestampMs;
  await context.writer.flush();
  logger.info({ tables: tables.length, position: formatPosition(position) }, 'first copy begins');
  return tables;
}
