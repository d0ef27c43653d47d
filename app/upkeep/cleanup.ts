/**
 * Removes what is past its retention: files of the lake, events in `raw`, trained models and log files. Without a number of
 * days the lake and `raw` keep everything, as promised, and models and logs follow their own options. The change log is
 * trimmed by itself, all the time.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../../core/clickhouse-sql.ts';
import type { Clock } from '../../core/clock.ts';
import type { LakeStore } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import type { ModelStore } from '../../services/analytics/model-store.ts';
import { rangeFiles, utcDate } from '../../services/lake/lake-path.ts';

export interface CleanupRequest {
  /** Remove what is older than so many days from all parts; null: by the retention of each. */
  readonly days: number | null;
  /** Only tell. */
  readonly dryRun: boolean;
}

export interface CleanedPart {
  readonly part: 'lake' | 'raw' | 'models' | 'logs';
  /** `YYYY-MM-DD`: what is older goes; null: everything is kept. */
  readonly before: string | null;
  /** Files, or events. */
  readonly items: number;
  /** On disk; of events about. */
  readonly bytes: number;
}

export interface CleanupReport {
  readonly dryRun: boolean;
  readonly parts: readonly CleanedPart[];
  readonly bytes: number;
}

export interface CleanupDependencies {
  readonly warehouse: Warehouse;
  readonly openLake: () => Promise<LakeStore>;
  readonly models: ModelStore;
  readonly modelsFolder: string;
  readonly logsFolder: string;
  readonly modelRetentionDays: number;
  readonly logRetentionDays: number;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const NOTHING = { items: 0, bytes: 0 };

type Found = Pick<CleanedPart, 'items' | 'bytes'>;

async function cleanLake(deps: CleanupDependencies, before: string, dryRun: boolean): Promise<Found> {
  const lake = await deps.openLake();
  const old = rangeFiles(await lake.list('')).filter(({ date }) => date < before);
  if (!dryRun) await lake.remove(old.map(({ path }) => path));
  return { items: old.length, bytes: old.reduce((sum, { bytes }) => sum + bytes, 0) };
}

interface OldEvents {
  readonly topic: string;
  readonly partition: number;
  readonly events: string;
  readonly last: string;
}

async function hasRaw(warehouse: Warehouse): Promise<boolean> {
  const found = await warehouse.rows(
    "SELECT 1 FROM system.tables WHERE database = 'raw' AND name = 'events'",
  );
  return found.length > 0;
}

async function cleanRaw({ warehouse }: CleanupDependencies, before: string, dryRun: boolean): Promise<Found> {
  if (!(await hasRaw(warehouse))) return NOTHING;
  const isOld = `committed_at < toDateTime64(${quoteText(`${before} 00:00:00`)}, 3, 'UTC')`;
  const old = await warehouse.rows<OldEvents>(
    `SELECT topic, partition, count() AS events, max(offset) AS last FROM raw.events WHERE ${isOld} GROUP BY topic, partition`,
  );
  if (old.length === 0) return NOTHING;
  const [size] = await warehouse.rows<{ events: string; bytes: string }>(
    "SELECT sum(rows) AS events, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = 'raw' AND table = 'events'",
  );
  const items = old.reduce((sum, { events }) => sum + Number(events), 0);
  if (!dryRun) {
    // Commit times of a topic do not go back, so what is old is what comes before an offset, in the index as well.
    const upTo = old.map(
      ({ topic, partition, last }) =>
        `(topic = ${quoteText(topic)} AND partition = ${Number(partition)} AND offset <= ${Number(last)})`,
    );
    for (const table of ['raw.events', 'raw.record_index']) {
      await warehouse.command(
        `ALTER TABLE ${table} DELETE WHERE ${upTo.join(' OR ')} SETTINGS mutations_sync = 1`,
      );
    }
  }
  const share = items / Math.max(items, Number(size?.events ?? 0));
  return { items, bytes: Math.round(share * Number(size?.bytes ?? 0)) };
}

async function cleanModels(deps: CleanupDependencies, days: number, dryRun: boolean): Promise<Found> {
  const oldest = deps.clock.now() - days * DAY_MS;
  const old = (await deps.models.list()).filter(
    ({ trainedAt, inUse }) => !inUse && Date.parse(trainedAt) < oldest,
  );
  const sizes = await Promise.all(
    old.map(({ name, version }) => stat(join(deps.modelsFolder, name, `${version}.json`))),
  );
  if (!dryRun) await deps.models.removeOlderThan(days);
  return { items: old.length, bytes: sizes.reduce((sum, { size }) => sum + size, 0) };
}

async function cleanLogs(
  { logsFolder }: CleanupDependencies,
  before: string,
  dryRun: boolean,
): Promise<Found> {
  const names = await readdir(logsFolder).catch(() => []);
  const old = names.filter(
    (name) => (/^dolistream-(\d{4}-\d{2}-\d{2})\.log$/.exec(name)?.[1] ?? before) < before,
  );
  const sizes = await Promise.all(old.map((name) => stat(join(logsFolder, name))));
  if (!dryRun) for (const name of old) await rm(join(logsFolder, name), { force: true });
  return { items: old.length, bytes: sizes.reduce((sum, { size }) => sum + size, 0) };
}

export async function cleanUp(
  deps: CleanupDependencies,
  { days, dryRun }: CleanupRequest,
  signal: AbortSignal,
): Promise<CleanupReport> {
  const dateOf = (kept: number): string => utcDate(deps.clock.now() - kept * DAY_MS);
  const modelDays = days ?? deps.modelRetentionDays;
  const logDays = days ?? deps.logRetentionDays;
  const kinds = [
    { part: 'lake', kept: days, clean: (before: string) => cleanLake(deps, before, dryRun) },
    { part: 'raw', kept: days, clean: (before: string) => cleanRaw(deps, before, dryRun) },
    { part: 'models', kept: modelDays, clean: () => cleanModels(deps, modelDays, dryRun) },
    { part: 'logs', kept: logDays, clean: (before: string) => cleanLogs(deps, before, dryRun) },
  ] as const;
  const parts: CleanedPart[] = [];
  for (const { part, kept, clean } of kinds) {
    signal.throwIfAborted();
    const before = kept === null ? null : dateOf(kept);
    parts.push({ part, before, ...(before === null ? NOTHING : await clean(before)) });
  }
  return { dryRun, parts, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}
