/**
 * Keeps every row change for ever as Parquet. Reads the log from its saved cursor, collects events per table, and
 * writes a file when a segment is full, when its time is over, and at the stop. The cursor is saved only when
 * everything before it is in files; after a crash the names of the files tell which of the repeated events to skip.
 */
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import type { LakeStore } from '../../core/ports/lake-store.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import { type CompactionOptions, compactLake } from './compaction.ts';
import { type RangeFile, rangeFiles, utcDate } from './lake-path.ts';
import { LakeWriter, nextOffsets, type OffsetBases } from './lake-writer.ts';

/** Owner of the lake's cursor in the log. */
export const LAKE_OWNER = 'lake';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const READ_BYTES = 4 * MIB;

export interface LakeOptions {
  /** Longest time an event waits to be in a file, ms (default 60 000). */
  readonly rollMs?: number;
  /** Bytes of Avro after which a table's segment becomes a file (default 8 MiB). */
  readonly segmentBytes?: number;
  /** Bytes of Avro over all segments after which all become files: bounds memory (default 24 MiB). */
  readonly pendingBytes?: number;
  /** Remove events whose commit date is this many days ago; null (default): keep them for ever. */
  readonly retentionDays?: number | null;
  /** Time between two looks for files to merge or remove, ms (default 10 minutes). */
  readonly tidyMs?: number;
  readonly compaction?: CompactionOptions;
}

const DEFAULTS = {
  rollMs: 60_000,
  segmentBytes: 8 * MIB,
  pendingBytes: 24 * MIB,
  retentionDays: null,
  tidyMs: 600_000,
  compaction: { targetBytes: 32 * MIB, minFiles: 8 },
} as const;

export interface LakeDependencies {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly store: LakeStore;
  readonly options: LakeOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export function createLakeService(dependencies: LakeDependencies): Service {
  return {
    name: 'lake',
    run: (signal) => new LakeRun(dependencies, signal).run(),
  };
}

interface LakeState {
  readonly cursor: Cursor | null;
  readonly offsetBases: OffsetBases;
}

async function lakeState(log: ChangeLog): Promise<LakeState | null> {
  return (await log.getState(LAKE_OWNER)) as LakeState | null;
}

/** The cursor up to which every event is in a file; null before the first. What log retention must keep. */
export async function lakeCursor(log: ChangeLog): Promise<Cursor | null> {
  return (await lakeState(log))?.cursor ?? null;
}

/** What is added to the log's offsets in the names of the files, by table folder. */
export async function lakeOffsetBases(log: ChangeLog): Promise<OffsetBases> {
  return (await lakeState(log))?.offsetBases ?? {};
}

class LakeRun {
  readonly #from: LakeDependencies;
  readonly #options: Required<LakeOptions>;
  readonly #signal: AbortSignal;
  #saved: LakeState = { cursor: null, offsetBases: {} };
  #cursor: Cursor | null = null;
  /** When the segments must become files; null while there are none. */
  #rollAt: number | null = null;
  #tidyAt = 0;

  constructor(dependencies: LakeDependencies, signal: AbortSignal) {
    this.#from = dependencies;
    this.#options = { ...DEFAULTS, ...dependencies.options };
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { store, registry, metrics } = this.#from;
    const files = rangeFiles(await store.list(''));
    await this.#loadState(files);
    const { segmentBytes } = this.#options;
    const { offsetBases } = this.#saved;
    const writer = new LakeWriter({ store, registry, metrics, segmentBytes, files, offsetBases });
    while (!this.#signal.aborted) {
      await this.#readSome(writer);
      await this.#rollWhenDue(writer);
      await this.#tidyWhenDue();
    }
    await this.#roll(writer);
  }

  /** A log without a state for the lake is a new one: the state is saved before the first file, to know it again. */
  async #loadState(files: readonly RangeFile[]): Promise<void> {
    const { log } = this.#from;
    const state = await lakeState(log);
    if (state) this.#saved = state;
    else await this.#save({ cursor: null, offsetBases: Object.fromEntries(nextOffsets(files)) });
    this.#cursor = this.#saved.cursor;
  }

  async #save(state: LakeState): Promise<void> {
    const { cursor, offsetBases } = state;
    await this.#from.log.setState([{ owner: LAKE_OWNER, state: { cursor, offsetBases } }]);
    this.#saved = state;
  }

  async #readSome(writer: LakeWriter): Promise<void> {
    const { log, clock, metrics } = this.#from;
    const nextDuty = Math.min(this.#rollAt ?? Infinity, this.#tidyAt);
    const { batches, cursor } = await log.read({
      from: this.#cursor,
      maxBytes: READ_BYTES,
      waitMs: Math.max(0, nextDuty - clock.now()),
      signal: this.#signal,
    });
    for (const batch of batches) await writer.add(batch);
    this.#cursor = cursor;
    if (batches.length > 0) this.#rollAt ??= clock.now() + this.#options.rollMs;
    metrics.gauge('lake_pending_bytes', writer.pendingBytes);
  }

  async #rollWhenDue(writer: LakeWriter): Promise<void> {
    const isDue = this.#rollAt !== null && this.#from.clock.now() >= this.#rollAt;
    if (isDue || writer.pendingBytes >= this.#options.pendingBytes) await this.#roll(writer);
  }

  async #roll(writer: LakeWriter): Promise<void> {
    await writer.flush();
    this.#rollAt = null;
    if (this.#cursor !== this.#saved.cursor) await this.#save({ ...this.#saved, cursor: this.#cursor });
  }

  async #tidyWhenDue(): Promise<void> {
    const { store, clock, logger } = this.#from;
    const now = clock.now();
    if (now < this.#tidyAt || this.#signal.aborted) return;
    this.#tidyAt = now + this.#options.tidyMs;
    const { retentionDays, compaction } = this.#options;
    const files = rangeFiles(await store.list(''));
    const oldestKept = retentionDays === null ? '' : utcDate(now - retentionDays * DAY_MS);
    const expired = files.filter((file) => file.date < oldestKept);
    await store.remove(expired.map((file) => file.path));
    const kept = files.filter((file) => file.date >= oldestKept);
    const today = utcDate(now);
    const done = await compactLake({ ...compaction, store, files: kept, today, signal: this.#signal });
    if (!done.isDone) this.#tidyAt = now;
    if (expired.length + done.mergedFiles > 0) {
      logger.info({ removed: expired.length, merged: done.mergedFiles }, 'lake tidied');
    }
  }
}
