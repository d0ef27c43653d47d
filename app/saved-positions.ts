/** How far each reader of the log has come by what it saved, whichever process it runs in. */
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import { shardOwners } from '../services/warehouse/shards.ts';
import type { ConsumerPosition } from './caught-up.ts';
import { readShardCount } from './shard-count.ts';

/** Owners of the states that hold a cursor, which are also the names of the readers; the loaders' are added. */
const READERS: readonly string[] = ['model', 'lake', 'analytics', 'alerting'];

/** Readers that have saved a state, and all shards of the loaders once one of them has; one that never ran is none. */
export async function savedReaders(log: ChangeLog): Promise<ConsumerPosition[]> {
  const cursorOf = async (owner: string): Promise<Cursor | null | undefined> =>
    (Object(await log.getState(owner)) as { cursor?: Cursor | null }).cursor;
  const count = (await readShardCount(log)) ?? 0;
  const owners = Array.from({ length: count }, (_, index) => shardOwners({ index, count }));
  const loaders = owners.flatMap(({ mirror, raw }) => [mirror, raw]);
  const saved = await Promise.all(
    [...loaders, ...READERS].map(async (name) => ({ name, cursor: await cursorOf(name) })),
  );
  return saved.flatMap(({ name, cursor }) =>
    cursor === undefined && !loaders.includes(name) ? [] : [{ name, position: () => cursor ?? null }],
  );
}
