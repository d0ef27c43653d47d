/**
 * A consistent picture of an open data folder, made beside it while nothing is written: the change log as LMDB copies it,
 * the warehouse's parts and the lake's files as further names of the same files, which never change. So it takes the time
 * of copying the log, however large the rest is.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { CAPTURE_OWNER, parseCaptureState } from '../../services/capture/capture-state.ts';
import { readPackageVersion } from '../paths.ts';
import type { Stores } from '../stores.ts';

export interface StagedBackup {
  /** The folder that holds it, inside the data folder; whoever asked for it takes it from there and removes it. */
  readonly folder: string;
  readonly version: string;
  /** Of the source, up to which everything is in it; null before the first event. */
  readonly position: string | null;
  readonly takenAt: string;
}

type WhileStill = <Result>(work: () => Promise<Result>) => Promise<Result>;

const STAGE_PREFIX = 'backup-stage-';
const DAY_MS = 86_400_000;

/** Of this machine or this run, or made again by the next one. */
const LEFT_OUT = new Set(['lock', 'run.json', 'logs', 'log', 'warehouse', 'parquet-engine']);
const ENGINE_LEFT_OUT = new Set(['tmp', 'status', 'engine-config.xml', 'data']);

/** Rejects with CONFIG_INVALID where the stores are not all in the folder, and for the folder of a demo. */
export async function stageBackup(stores: Stores, whileStill: WhileStill): Promise<StagedBackup> {
  const { dataDir, clock } = stores.context;
  const { copyLog, warehouse } = requireEmbedded(stores);
  requireSource(dataDir.path);
  await removeForgotten(dataDir.path, clock.now());
  const folder = join(dataDir.path, `${STAGE_PREFIX}${randomBytes(6).toString('hex')}`);
  const position = await whileStill(async () => {
    await mkdir(join(folder, 'log'), { recursive: true, mode: 0o700 });
    try {
      await copyLog(join(folder, 'log'));
      await withoutMerges(warehouse, () => copyWarehouse(warehouse, join(dataDir.path, 'warehouse'), folder));
      await copyRest(dataDir.path, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return parseCaptureState(await stores.log.getState(CAPTURE_OWNER)).position;
  });
  const takenAt = new Date(clock.now()).toISOString();
  return { folder, position, takenAt, version: readPackageVersion() };
}

function requireEmbedded({ copyLog, warehouse, context }: Stores) {
  const { clickhouseUrl } = context.options;
  if (copyLog !== null && warehouse !== null && clickhouseUrl === null) return { copyLog, warehouse };
  throw new DolistreamError('CONFIG_INVALID', 'Not everything that belongs together is in the data folder', {
    fix: 'Back up Kafka, ClickHouse and the bucket with their own means: docs/08-distributed.md.',
  });
}

/** The demo's server is in the folder and cannot be copied while it runs; its firm can be had again by its seed. */
function requireSource(folder: string): void {
  if (!existsSync(join(folder, 'demo'))) return;
  throw new DolistreamError('CONFIG_INVALID', 'The folder of a demo is not backed up', {
    fix: 'dolistream demo with the same --seed makes the same firm; back up the folder of a real source.',
  });
}

/** What a command that was killed has left. */
async function removeForgotten(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(STAGE_PREFIX)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (nowMs - mtimeMs > DAY_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Parts appear and go in the background, also when nobody writes. */
const withoutMerges = (warehouse: Warehouse, work: () => Promise<void>): Promise<void> =>
  whileStopped(warehouse, 'VIEWS', () => whileStopped(warehouse, 'MERGES', work));

async function whileStopped(
  warehouse: Warehouse,
  what: 'VIEWS' | 'MERGES',
  work: () => Promise<void>,
): Promise<void> {
  await warehouse.command(`SYSTEM STOP ${what}`);
  try {
    await work();
  } finally {
    await warehouse.command(`SYSTEM START ${what}`);
  }
}

async function copyWarehouse(warehouse: Warehouse, from: string, folder: string): Promise<void> {
  const parts = await warehouse.rows<{ path: string }>('SELECT path FROM system.parts WHERE active');
  const tables = await warehouse.rows<{ path: string }>(
    "SELECT DISTINCT arrayJoin(data_paths) AS path FROM system.tables WHERE engine LIKE '%MergeTree'",
  );
  const trimmed = (rows: readonly { readonly path: string }[]): Set<string> =>
    new Set(rows.map(({ path }) => path.replace(/\/$/, '')));
  const [active, ofTables] = [trimmed(parts), trimmed(tables)];
  /** Of a table's folder its living parts as they are, and what it writes into in place as a copy. */
  const place = async (source: string, target: string): Promise<void> => {
    await mkdir(target, { recursive: true });
    for (const entry of await readdir(source, { withFileTypes: true })) {
      const path = join(source, entry.name);
      const into = join(target, entry.name);
      if (source === from && ENGINE_LEFT_OUT.has(entry.name)) continue;
      if (entry.isFile()) await copyFile(path, into);
      else if (active.has(path)) await linkTree(path, into);
      else if (entry.isDirectory() && (!ofTables.has(source) || entry.name === 'deduplication_logs')) {
        await place(path, into);
      }
      // Links to folders are made anew by the engine; parts that were merged away are not needed.
    }
  };
  await place(from, join(folder, 'warehouse'));
}

async function copyRest(from: string, folder: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const isStage = entry.name.startsWith(STAGE_PREFIX);
    if (isStage || LEFT_OUT.has(entry.name) || entry.name.endsWith('.new')) continue;
    const [path, into] = [join(from, entry.name), join(folder, entry.name)];
    if (entry.isDirectory()) await linkTree(path, into);
    else if (entry.isFile()) await copyFile(path, into);
  }
}

/** Files that never change. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [path, into] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(path, into);
    else if (entry.isFile() && !entry.name.startsWith('.')) await linkFile(path, into);
  }
}

/** Not every file system knows further names; a lake file that was merged meanwhile is in the one that took it in. */
async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
