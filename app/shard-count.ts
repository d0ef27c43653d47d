/** Into how many shards a log's topics are divided among its loaders: chosen once, kept with the log. */
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import { ONLY_SHARD, shardOwners } from '../services/warehouse/shards.ts';

const SHARDS_OWNER = 'loader-shards';
const DEFAULT_SHARED = 4;

/** null: no loader ever ran on the log. */
export async function readShardCount(log: ChangeLog): Promise<number | null> {
  const { shards } = Object(await log.getState(SHARDS_OWNER)) as { shards?: unknown };
  if (typeof shards === 'number') return shards;
  // A loader that ran before there were shards did the whole.
  return (await log.getState(shardOwners(ONLY_SHARD).mirror)) === null ? null : 1;
}

/** Throws CONFIG_INVALID when another number is wanted than the log has. */
export async function chooseShardCount(
  log: ChangeLog,
  options: { readonly wanted: number | null; readonly isShared: boolean },
): Promise<number> {
  const saved = await readShardCount(log);
  const { wanted } = options;
  if (saved === null) return wanted ?? (options.isShared ? DEFAULT_SHARED : 1);
  if (wanted === null || wanted === saved) return saved;
  throw new DolistreamError(
    'CONFIG_INVALID',
    `--loader-shards ${wanted} does not fit this change log, which is divided into ${saved}`,
    {
      fix: `Leave the option out or give ${saved}: the number is fixed with the log. For another one, start a new log (--topic-prefix) and copy again.`,
    },
  );
}

export async function saveShardCount(log: ChangeLog, shards: number): Promise<void> {
  if ((await readShardCount(log)) === shards) return;
  await log.setState([{ owner: SHARDS_OWNER, state: { shards } }]);
}
