/**
 * Loads the change log into the warehouse: two lanes over the same log, one for `mirror` (and alerts), one for
 * `raw`, each exactly once by itself.
 */
import { linkSignals } from '../../core/link-signals.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { BatchInsert } from './batch-insert.ts';
import { DeadLetterBox } from './dead-letters/dead-letter-box.ts';
import { Lane } from './lane.ts';
import { MirrorLane } from './mirror-lane.ts';
import { RawLane } from './raw-lane.ts';
import { dropLeftovers } from './rebuild/leftovers.ts';
import { runMigrations } from './run-migrations.ts';
import { ONLY_SHARD, type Shard, shardOf, shardOwners } from './shards.ts';
import { type SetBack, loadedOffsets } from './set-back.ts';
import { TablePlans } from './table-plans.ts';
import { guardWarehouse, Tenure } from './tenure.ts';
import { WarehouseCatalog } from './warehouse-catalog.ts';

export interface LoadOptions {
  /** Prefix of the topics. */
  readonly prefix: string;
  /** IANA zone in which TIMESTAMP columns are shown, e.g. Europe/Paris. */
  readonly timezone: string;
  /** Database of the model, where alerts go. */
  readonly warehouseDatabase: string;
  /** Folder of the SQL files that make the fixed tables (clickhouse/migrations). */
  readonly migrationsFolder: string;
  /** Name mirror tables `database__table`; needed when more than one database is captured. Default false. */
  readonly qualifyTables?: boolean;
  /** Most bytes of events in one round (default 6 MiB). */
  readonly maxRoundBytes?: number;
  /** Shortest time between two small inserts into raw.events, ms (default 1000). */
  readonly rawGatherMs?: number;
  /** Which topics to load; left out: all. */
  readonly shard?: Shard;
  /** Text of schemas/dead-letter.avsc. */
  readonly deadLetterSchema: string;
  /** Other processes load the log's other shards, and may take this one over. Default false. */
  readonly isShared?: boolean;
}

export interface LoadDependencies {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
  readonly options: LoadOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called whenever `control.mirrorCursor()` has moved. Cheap, and does not throw. */
  readonly onMirrorMoved?: () => void;
}

export interface LoadControl {
  /** Saved cursors of what is queryable. */
  position(): { readonly mirror: Cursor | null; readonly raw: Cursor | null };
  /** Up to where the mirror has what the shard's topics hold; saved a moment later. */
  mirrorCursor(): Cursor | null;
  /** Every event up to this seq is in `mirror`; 0 before the first. */
  appliedSeq(): number;
  /**
   * Resolves when the mirror stands still: with everything up to `throughSeq` loaded and, where the log's batches allow,
   * nothing beyond; without it, after the round in hand. It stays so until `release`. `raw` goes on: it only grows.
   */
  hold(through?: { readonly throughSeq: number }): Promise<void>;
  release(): void;
  /**
   * Runs `work` while the mirror stands still between two rounds, with the offset of each topic up to which it is loaded;
   * topics that the log does not have are left out. `raw` goes on. Rejects with CONFIG_INVALID during a replay, with
   * NOT_RUNNING when the loader stops first, and as the work does.
   */
  whileStill<Result>(work: (loaded: ReadonlyMap<string, number>) => Promise<Result>): Promise<Result>;
  /** Loads again what follows a place; resolves when both lanes have saved that they do. See Lane. */
  setBack(to: SetBack): Promise<void>;
}

const DEFAULT_ROUND_BYTES = 6 * 1024 * 1024;
const DEFAULT_RAW_GATHER_MS = 1000;
/** On a shared log a save is a transaction, and a shard's quiet lanes would make one for each append to other shards. */
const SHARED_IDLE_SAVE_MS = 500;

export type LoadService = Service & { readonly control: LoadControl };

export function createLoadService(dependencies: LoadDependencies): LoadService {
  const { log, registry, options, metrics } = dependencies;
  const { prefix, timezone, warehouseDatabase, qualifyTables = false, shard = ONLY_SHARD } = options;
  const owners = shardOwners(shard);
  const logger = dependencies.logger.child({ service: owners.mirror });
  const owns = (topic: string): boolean => shardOf(topic, shard.count) === shard.index;
  const tenure = options.isShared === true ? new Tenure(log, `${owners.mirror}.tenure`) : null;
  const warehouse = tenure ? guardWarehouse(dependencies.warehouse, tenure) : dependencies.warehouse;
  const plans = new TablePlans(registry, { timezone, qualifyTables });
  const catalog = new WarehouseCatalog(warehouse);
  const shared = {
    ...{ log, logger, metrics, maxRoundBytes: options.maxRoundBytes ?? DEFAULT_ROUND_BYTES },
    ...(tenure ? { tenure, idleSaveMs: SHARED_IDLE_SAVE_MS } : {}),
  };
  const [mirrorBox, rawBox] = boxesOf(dependencies, shard);
  const insertsOf = (letters: DeadLetterBox): BatchInsert =>
    new BatchInsert({ warehouse, letters, logger, metrics });
  const mirrorWork = new MirrorLane({
    ...{ prefix, owns, warehouseDatabase, qualifyTables, warehouse, registry, plans, catalog, logger },
    inserts: insertsOf(mirrorBox),
  });
  const mirror = new Lane({
    ...shared,
    ...{ owner: owners.mirror, takeLetters: () => mirrorBox.take() },
    gatherMs: 0,
    ...(dependencies.onMirrorMoved ? { onMoved: dependencies.onMirrorMoved } : {}),
    work: mirrorWork,
  });
  const raw = new Lane({
    ...shared,
    ...{ owner: owners.raw, takeLetters: () => rawBox.take() },
    gatherMs: options.rawGatherMs ?? DEFAULT_RAW_GATHER_MS,
    work: new RawLane({ prefix, owns, plans, warehouse, inserts: insertsOf(rawBox) }),
  });
  return {
    name: 'warehouse',
    async run(signal) {
      await runMigrations(warehouse, options.migrationsFolder, warehouseDatabase);
      if (!tenure) await dropLeftovers(warehouse);
      await catalog.load();
      await runTogether([mirror, raw], signal);
    },
    control: controlOf(mirror, raw, {
      log,
      wants: (topic) => mirrorWork.wants(topic),
      reload: () => catalog.load(),
    }),
  };
}

interface Loaded {
  readonly log: ChangeLog;
  /** Whether the mirror holds the topic. */
  readonly wants: (topic: string) => boolean;
  /** Looks anew at which tables there are. */
  readonly reload: () => Promise<void>;
}

function controlOf(mirror: Lane, raw: Lane, { log, wants, reload }: Loaded): LoadControl {
  return {
    position: () => ({ mirror: mirror.cursor, raw: raw.cursor }),
    mirrorCursor: () => mirror.applied,
    appliedSeq: () => mirror.seq,
    async hold(through) {
      await mirror.gate.hold(through?.throughSeq ?? null);
    },
    release: () => mirror.gate.release(),
    whileStill: (work) =>
      mirror.whileStill(async (place) => {
        raw.checkFree();
        return work(await loadedOffsets(log, place, wants)).finally(reload);
      }),
    async setBack(to) {
      for (const lane of [mirror, raw]) lane.checkFree();
      await Promise.all([mirror.setBack(to), raw.setBack(to)]);
    },
  };
}

/** What either lane cannot read goes to the topic of the shard. */
function boxesOf({ registry, options }: LoadDependencies, shard: Shard): [DeadLetterBox, DeadLetterBox] {
  const topic = deadLettersTopic(options.prefix, shard.count === 1 ? null : shard.index);
  const box = (lane: string): DeadLetterBox =>
    new DeadLetterBox({ ...{ registry, topic, lane }, schema: options.deadLetterSchema });
  return [box('mirror'), box('raw')];
}

/** Runs both lanes; when one fails the other finishes what it has in hand, and the failure is thrown. */
async function runTogether(lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
  const failure = new AbortController();
  using either = linkSignals(signal, failure.signal);
  const outcomes = await Promise.allSettled(
    lanes.map(async (lane) => {
      try {
        await lane.run(either.signal);
      } catch (error) {
        failure.abort();
        throw error;
      }
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
