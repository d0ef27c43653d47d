/** How much each store of the pipeline holds, and how the data was last scored: the part of the status that is about contents. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopicInfo } from '../core/ports/change-log.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import type { Stores } from './stores.ts';

export interface StoredPart {
  readonly tables: number;
  readonly rows: number;
  /** On the disk. */
  readonly bytes: number;
}

export interface StatusParts {
  /** The change log as far as retention keeps it; bytes of the events. */
  readonly log: { readonly topics: number; readonly events: number; readonly bytes: number };
  /** null: the lake is not in a folder of this machine. */
  readonly lake: { readonly files: number; readonly bytes: number } | null;
  /** null: no warehouse can be asked from here, or there is none yet. */
  readonly warehouse: {
    readonly raw: StoredPart;
    readonly mirror: StoredPart;
    readonly model: StoredPart;
  } | null;
  /** The last score of the whole data, 0 to 100; null: it was never scored. */
  readonly quality: { readonly score: number; readonly at: string } | null;
  /** Of the file system that the data folder is on. */
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
}

export interface PartsSources {
  readonly dataDir: string;
  /** null: the lake is in a bucket. */
  readonly lakeDir: string | null;
  readonly topics: readonly TopicInfo[];
  readonly warehouse: Warehouse | null;
  readonly warehouseDatabase: string;
}

const STORED_QUERY = `
SELECT multiIf(database = 'raw', 'raw', database IN ('mirror', 'ingest'), 'mirror', 'model') AS part,
       uniqExact(database, table) AS tables, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database IN ('raw', 'mirror', 'ingest', 'model', {database:String})
GROUP BY part`;

const SCORE_QUERY = `
SELECT score, formatDateTime(run_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS at
FROM {database:Identifier}.v_quality_trend WHERE table = '' AND dimension = '' ORDER BY run_at DESC LIMIT 1`;

/** People look more often than it changes: measuring anew only after this long, ms. */
const FRESH_MS = 5000;

/** Measures what the stores hold now, or lately. */
export function createPartsReader({ context, log, warehouse }: Stores): () => Promise<StatusParts> {
  const { options, dataDir, clock } = context;
  let recent: { readonly at: number; readonly parts: Promise<StatusParts> } | null = null;
  return () => {
    const now = clock.now();
    if (recent !== null && now - recent.at < FRESH_MS) return recent.parts;
    const lakeDir = options.s3Bucket === null ? join(dataDir.path, 'lake') : null;
    const { warehouseDatabase } = options;
    const parts = log
      .topics()
      .then((topics) =>
        readStatusParts({ dataDir: dataDir.path, lakeDir, topics, warehouse, warehouseDatabase }),
      );
    recent = { at: now, parts };
    return parts;
  };
}

const NOTHING: StoredPart = { tables: 0, rows: 0, bytes: 0 };

export async function readStatusParts(sources: PartsSources): Promise<StatusParts> {
  const { topics, warehouse, dataDir, lakeDir } = sources;
  const { bavail, blocks, bsize } = await statfs(dataDir);
  return {
    log: {
      topics: topics.length,
      events: topics.reduce((sum, { firstOffset, nextOffset }) => sum + nextOffset - firstOffset, 0),
      bytes: topics.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    lake: lakeDir === null ? null : await measureLake(lakeDir),
    warehouse: warehouse && (await readStored(warehouse, sources.warehouseDatabase)),
    quality: warehouse && (await readScore(warehouse, sources.warehouseDatabase)),
    disk: { freeBytes: bavail * bsize, totalBytes: blocks * bsize },
  };
}

/** Files come and go meanwhile: what is gone counts for nothing. */
async function measureLake(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  for (const path of paths)
    bytes += await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  return { files: paths.length, bytes };
}

async function readStored(
  warehouse: Warehouse,
  database: string,
): Promise<NonNullable<StatusParts['warehouse']>> {
  const rows = await warehouse.rows<{ part: string; tables: string; rows: string; bytes: string }>(
    STORED_QUERY,
    { params: { database } },
  );
  const of = (part: string): StoredPart => {
    const found = rows.find((row) => row.part === part);
    if (!found) return NOTHING;
    return { tables: Number(found.tables), rows: Number(found.rows), bytes: Number(found.bytes) };
  };
  return { raw: of('raw'), mirror: of('mirror'), model: of('model') };
}

async function readScore(warehouse: Warehouse, database: string): Promise<StatusParts['quality']> {
  const [isThere] = await warehouse.rows(
    "SELECT 1 FROM system.tables WHERE database = {database:String} AND name = 'v_quality_trend'",
    { params: { database } },
  );
  if (!isThere) return null;
  const [row] = await warehouse.rows<{ score: number; at: string }>(SCORE_QUERY, { params: { database } });
  return row ? { score: Number(row.score), at: row.at } : null;
}
